import path from 'node:path';
import {StringDecoder} from 'node:string_decoder';
import {readFrom} from '../schedule/journal-tail.ts';
import type {Store} from '../store/layout.ts';

/** A log that is being read. */
interface OpenLog {
  offset: number;
  readonly decoder: StringDecoder;
  /** The beginning of a line that is not whole yet. */
  rest: string;
}

/** Shows logs as they are, or as they grow: whole lines, each once, and with several logs behind the instance's name. */
export class LogTail {
  readonly #store: Store;
  readonly #isPrefixed: boolean;
  readonly #write: (text: string) => void;
  readonly #logs = new Map<string, OpenLog>();

  constructor(options: {
    readonly store: Store;
    readonly isPrefixed: boolean;
    readonly write: (text: string) => void;
  }) {
    this.#store = options.store;
    this.#isPrefixed = options.isPrefixed;
    this.#write = options.write;
  }

  /** Shows what was written since the last call. */
  advance(id: string, log: string): void {
    const open = this.#open(log);
    const bytes = readFrom(path.join(this.#store.root, log), open.offset);
    open.offset += bytes.length;
    const text = open.rest + open.decoder.write(bytes);
    const end = text.lastIndexOf('\n') + 1;
    open.rest = text.slice(end);
    this.#show(id, text.slice(0, end));
  }

  /** As `advance`, and also a last line that does not end. */
  finish(id: string, log: string): void {
    this.advance(id, log);
    const open = this.#open(log);
    const rest = open.rest + open.decoder.end();
    open.rest = '';
    this.#show(id, rest);
  }

  #open(log: string): OpenLog {
    let open = this.#logs.get(log);
    if (open === undefined) {
      open = {offset: 0, decoder: new StringDecoder('utf8'), rest: ''};
      this.#logs.set(log, open);
    }
    return open;
  }

  #show(id: string, text: string): void {
    if (text === '') return;
    const lines = text.replace(/\n$/, '').split('\n');
    this.#write(lines.map((line) => `${this.#isPrefixed ? prefixed(id, line) : line}\n`).join(''));
  }
}

/** A bar that was drawn over itself would overwrite the name: its last state is shown. */
function prefixed(id: string, line: string): string {
  return `${id} │ ${line.trimEnd().split('\r').at(-1)!}`;
}
