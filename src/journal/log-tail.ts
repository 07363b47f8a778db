import path from 'node:path';
import {readFrom} from './journal-tail.ts';
import type {Store} from '../store/layout.ts';

/** A log that is being read. */
interface OpenLog {
  offset: number;
  /** The beginning of an incomplete line. */
  rest: Uint8Array;
}

/** Reads logs once, or as they grow: complete lines, each once. */
export class LogTail {
  readonly #store: Store;
  readonly #show: (id: string, lines: Buffer) => void;
  readonly #logs = new Map<string, OpenLog>();

  /** @param show given complete lines of the log of an instance; none are empty */
  constructor(store: Store, show: (id: string, lines: Buffer) => void) {
    this.#store = store;
    this.#show = show;
  }

  /** Shows lines written since the last call. */
  advance(id: string, log: string): void {
    const open = this.#open(log);
    const bytes = readFrom(path.join(this.#store.root, log), open.offset);
    open.offset += bytes.length;
    const text = Buffer.concat([open.rest, bytes]);
    const end = text.lastIndexOf(lineFeed) + 1;
    open.rest = text.subarray(end);
    if (end > 0) this.#show(id, text.subarray(0, end));
  }

  /** As `advance`, with a last line that does not end. */
  finish(id: string, log: string): void {
    this.advance(id, log);
    const open = this.#open(log);
    if (open.rest.length > 0) this.#show(id, Buffer.concat([open.rest, Buffer.of(lineFeed)]));
    open.rest = nothing;
  }

  #open(log: string): OpenLog {
    let open = this.#logs.get(log);
    if (open === undefined) {
      open = {offset: 0, rest: nothing};
      this.#logs.set(log, open);
    }
    return open;
  }
}

const nothing = new Uint8Array();
const [tab, lineFeed, carriageReturn, space] = [9, 10, 13, 32];
const blanks = [tab, carriageReturn, space];

/** Lines, each after a name. */
export function prefixed(name: string, lines: Buffer): Buffer {
  const parts = linesOf(lines).flatMap((line) => [
    Buffer.from(`${name} │ `),
    line,
    Buffer.of(lineFeed),
  ]);
  return Buffer.concat(parts);
}

/** The lines, without their ends; of a progress bar its last state. */
export function linesOf(lines: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(lineFeed, start);
    found.push(lastState(lines.subarray(start, end)));
    start = end + 1;
  }
  return found;
}

/**
 * The last state of a progress bar, without trailing spaces: the carriage returns of the others would overwrite the
 * name.
 */
function lastState(line: Buffer): Buffer {
  let {length} = line;
  while (length > 0 && blanks.includes(line[length - 1]!)) length--;
  const shown = line.subarray(0, length);
  return shown.subarray(shown.lastIndexOf(carriageReturn) + 1);
}
