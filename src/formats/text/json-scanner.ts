import {TextFault, type TextPlace} from './text-fault.ts';

/** What may come next. */
type State = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' | 'nothing';

const expectations: Readonly<Record<Exclude<State, 'comma or end'>, string>> = {
  value: 'a value was expected',
  'value or ]': 'a value or ] was expected',
  name: 'a name in double quotes was expected',
  'name or }': 'a name in double quotes or } was expected',
  colon: ': was expected',
  nothing: 'the text should end',
};

/**
 * Checks a text of JSON (RFC 8259) piece by piece, in memory that only its depth determines: results may be larger than a
 * string can be, which `JSON.parse` needs. `NaN`, `Infinity` and `-Infinity` pass, too: Python writes and reads them.
 */
export class JsonScanner {
  #state: State = 'value';
  /** The open brackets. */
  readonly #open: ('{' | '[')[] = [];
  /** The word or number that is being read. */
  #word = '';
  #wordAt: TextPlace = {line: 1, column: 1};
  /** Within a text: characters of an escape sequence still to come, `undefined` outside of texts. */
  #string: {escape: 'none' | 'begun' | number} | undefined;
  #line = 1;
  #column = 1;

  /** Reads the next piece. @throws TextFault */
  take(text: string): void {
    for (let index = 0; index < text.length; index++) {
      const char = text[index]!;
      if (this.#string === undefined) this.#outside(char);
      else this.#inString(char, this.#string);
      if (char === '\n') {
        this.#line++;
        this.#column = 1;
      } else this.#column++;
    }
  }

  /** @throws TextFault if more was to come */
  end(): void {
    if (this.#string !== undefined) throw this.#fault('a text in quotes does not end');
    this.#endWord();
    if (this.#state !== 'nothing') throw this.#expected('the end');
  }

  #outside(char: string): void {
    if (/[\w.+-]/.test(char)) {
      if (this.#word === '') this.#wordAt = this.#place();
      this.#word += char;
      if (this.#word.length > maxWord) throw this.#fault('a number or word is too long');
      return;
    }
    this.#endWord();
    if (/[ \t\r\n]/.test(char)) return;
    if (char === '"') this.#beginString();
    else if (char === '{' || char === '[') this.#begin(char);
    else if (char === '}' || char === ']') this.#close(char);
    else if (char === ':' && this.#state === 'colon') this.#state = 'value';
    else if (char === ',' && this.#state === 'comma or end') {
      this.#state = this.#open.at(-1) === '{' ? 'name' : 'value';
    } else throw this.#expected(shown(char));
  }

  #beginString(): void {
    if (this.#state === 'name' || this.#state === 'name or }') this.#state = 'colon';
    else this.#value('"');
    this.#string = {escape: 'none'};
  }

  #inString(char: string, string: {escape: 'none' | 'begun' | number}): void {
    if (string.escape === 'begun') {
      if (!/["\\/bfnrtu]/.test(char)) throw this.#fault(`\\${char} is no escape sequence`);
      string.escape = char === 'u' ? 4 : 'none';
    } else if (string.escape !== 'none') {
      if (!/[0-9A-Fa-f]/.test(char)) throw this.#fault('\\u takes four hexadecimal digits');
      string.escape = string.escape === 1 ? 'none' : string.escape - 1;
    } else if (char === '\\') string.escape = 'begun';
    else if (char === '"') this.#string = undefined;
    else if (char < ' ') throw this.#fault('a line break or control character in a text');
  }

  #begin(bracket: '{' | '['): void {
    this.#value(bracket);
    if (this.#open.length === maxDepth) throw this.#fault('brackets are nested too deeply');
    this.#open.push(bracket);
    this.#state = bracket === '{' ? 'name or }' : 'value or ]';
  }

  #close(bracket: '}' | ']'): void {
    const opened = bracket === '}' ? '{' : '[';
    const isEmpty = this.#state === (bracket === '}' ? 'name or }' : 'value or ]');
    if (this.#open.at(-1) !== opened || !(isEmpty || this.#state === 'comma or end')) {
      throw this.#expected(bracket);
    }
    this.#open.pop();
    this.#state = this.#open.length === 0 ? 'nothing' : 'comma or end';
  }

  /** A value begins. */
  #value(got: string, at?: TextPlace): void {
    if (this.#state !== 'value' && this.#state !== 'value or ]') throw this.#expected(got, at);
    this.#state = this.#open.length === 0 ? 'nothing' : 'comma or end';
  }

  #endWord(): void {
    if (this.#word === '') return;
    const word = this.#word;
    this.#word = '';
    const got = word.length > 40 ? `${word.slice(0, 40)}…` : word;
    this.#value(got, this.#wordAt);
    if (/^(true|false|null|NaN|-?Infinity|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word))
      return;
    const hint = /^[+-]?(nan|inf(inity)?)$/i.test(word) ? `; JSON has no ${got}, write null` : '';
    throw new TextFault(this.#wordAt, `${got} is no value${hint}`);
  }

  #expected(got: string, at?: TextPlace): TextFault {
    const closing = this.#open.at(-1) === '{' ? '}' : ']';
    const what =
      this.#state === 'comma or end' ? `, or ${closing} was expected` : expectations[this.#state];
    return new TextFault(at ?? this.#place(), `${what}, got ${got}`);
  }

  #fault(message: string): TextFault {
    return new TextFault(this.#place(), message);
  }

  #place(): TextPlace {
    return {line: this.#line, column: this.#column};
  }
}

/** No number that a program means has more digits, and no reader follows more brackets. */
const maxWord = 1 << 16;
const maxDepth = 1 << 20;

function shown(char: string): string {
  return char === '\uFEFF' ? 'a byte order mark' : char;
}
