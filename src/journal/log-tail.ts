import path from 'node:path';
import {readFrom} from './journal-tail.ts';
import type {Store} from '../store/layout.ts';

/** A log that is being read. */
interface OpenLog {
  offset: number;
  /** The beginning of an incomplete line. */
  rest: Uint8Array;
}

/** Shows logs once, or as they grow: complete lines, each once; with several logs, after the instance's name. */
export class LogTail {
  readonly #store: Store;
  readonly #isPrefixed: boolean;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #logs = new Map<string, OpenLog>();

  constructor(options: {
    readonly store: Store;
    readonly isPrefixed: boolean;
    readonly write: (bytes: Uint8Array) => void;
  }) {
    this.#store = options.store;
    this.#isPrefixed = options.isPrefixed;
    this.#write = options.write;
  }

  /** Shows lines written since the last call. */
  advance(id: string, log: string): void {
    const open = this.#open(log);
    const bytes = readFrom(path.join(this.#store.root, log), open.offset);
    open.offset += bytes.length;
    const text = Buffer.concat([open.rest, bytes]);
    const end = text.lastIndexOf(lineFeed) + 1;
    open.rest = text.subarray(end);
    this.#show(id, text.subarray(0, end));
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

  /** @param lines complete lines */
  #show(id: string, lines: Buffer): void {
    if (lines.length > 0) this.#write(this.#isPrefixed ? prefixed(id, lines) : lines);
  }
}

const nothing = new Uint8Array();
const [tab, lineFeed, carriageReturn, space] = [9, 10, 13, 32];
const blanks = [tab, carriageReturn, space];

function prefixed(id: string, lines: Buffer): Buffer {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(lineFeed, start);
    parts.push(Buffer.from(`${id} │ `), lastState(lines.subarray(start, end)), Buffer.of(lineFeed));
    start = end + 1;
  }
  return Buffer.concat(parts);
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
