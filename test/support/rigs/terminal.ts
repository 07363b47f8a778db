import {sentText, type Painted} from '../../../src/report/format/painted.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';

/**
 * A simulated terminal with the features that the program uses: lines wrap, control sequences move up (not above the
 * screen) and clear a row, colours are ignored, and a change of its width wraps all lines anew.
 */
export class Terminal implements Screen {
  readonly isTerminal = true;
  readonly colours: boolean;
  /** Everything that was written, unchanged. */
  written = '';
  #columns: number;
  #rows: number;
  /** Scrollback and screen, as rows; a `wrapped` row continues in the next one. */
  #lines: {text: string; wrapped: boolean}[] = [{text: '', wrapped: false}];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number, colours = false) {
    this.#columns = columns;
    this.#rows = rows;
    this.colours = colours;
  }

  size(): {readonly columns: number; readonly rows: number} {
    return {columns: this.#columns, rows: this.#rows};
  }

  write(...pieces: readonly (string | Painted)[]): void {
    this.receive(sentText(pieces));
  }

  writeStored(bytes: Uint8Array, shown = (text: string): string => text): void {
    this.write(shown(Buffer.from(bytes).toString()));
  }

  /** Interprets the output of a program. */
  receive(text: string): void {
    this.written += text;
    // eslint-disable-next-line no-control-regex
    for (const [token] of text.matchAll(/\u001b\[\d*[A-Za-z]|[^]/gu)) this.#take(token);
  }

  resize(columns: number, rows: number): void {
    const whole: string[] = [];
    let open = '';
    for (const {text, wrapped} of this.#lines) {
      open += text;
      if (wrapped) continue;
      whole.push(open);
      open = '';
    }
    const {length} = this.#lines;
    const below = length - 1 - this.#row;
    this.#columns = columns;
    this.#rows = rows;
    this.#lines = whole.flatMap((line) => wrap(line, columns));
    this.#row = this.#lines.length - 1 - below;
  }

  /** All text that can be reached by scrolling up, with lines as they were written. */
  get text(): string {
    let text = '';
    for (const {text: row, wrapped} of this.#lines) text += wrapped ? row : `${row}\n`;
    return text.trimEnd();
  }

  #take(token: string): void {
    if (token === '\n') {
      this.#row++;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push({text: '', wrapped: false});
      return;
    }
    if (token === '\r') {
      this.#column = 0;
      return;
    }
    if (!token.startsWith('\u001b')) {
      this.#put(token);
      return;
    }
    const count = Number(token.slice(2, -1) || '1');
    if (token.endsWith('A')) {
      const top = Math.max(0, this.#lines.length - this.#rows);
      this.#row = Math.max(top, this.#row - count);
    } else if (token.endsWith('2K')) {
      this.#lines[this.#row] = {text: '', wrapped: false};
    } else if (!token.endsWith('m')) throw new Error(`not modelled: ${JSON.stringify(token)}`);
  }

  #put(character: string): void {
    let line = this.#lines[this.#row]!;
    if (this.#column === this.#columns) {
      line.wrapped = true;
      line = {text: '', wrapped: false};
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] = line;
    }
    const before = line.text.padEnd(this.#column).slice(0, this.#column);
    line.text = before + character + line.text.slice(this.#column + 1);
    this.#column++;
  }
}

function wrap(line: string, columns: number): {text: string; wrapped: boolean}[] {
  const rows: {text: string; wrapped: boolean}[] = [];
  let rest = line;
  do {
    rows.push({text: rest.slice(0, columns), wrapped: rest.length > columns});
    rest = rest.slice(columns);
  } while (rest !== '');
  return rows;
}
