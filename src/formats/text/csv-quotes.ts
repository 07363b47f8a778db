import type {TextPlace} from './text-fault.ts';

/** Finds a quote that does not end in a text of CSV, which is read piece by piece. No part of the text is kept. */
export class CsvQuotes {
  #line = 1;
  #column = 1;
  #state: 'start of a field' | 'field' | 'quoted' | 'end or escape' = 'start of a field';
  /** Where the last quoted field begins. */
  #begin: TextPlace = {line: 1, column: 1};
  #isOdd = false;

  /** Reads the next piece. */
  take(text: string): void {
    for (let index = 0; index < text.length; index++) {
      const char = text[index]!;
      if (char === '"') this.#quote();
      else if (this.#state !== 'quoted') {
        this.#state = /[,\r\n]/.test(char) ? 'start of a field' : 'field';
      }
      this.#column++;
      if (char !== '\n') continue;
      this.#line++;
      this.#column = 1;
    }
  }

  /**
   * The place of the quote that has not ended. If the number of quotes is even, they may be pairs of a file with another
   * character between its fields: in `"a,";1` a comma stands before the quote that ends.
   */
  get open(): TextPlace | undefined {
    return this.#state === 'quoted' && this.#isOdd ? this.#begin : undefined;
  }

  #quote(): void {
    this.#isOdd = !this.#isOdd;
    if (this.#state === 'start of a field') {
      this.#begin = {line: this.#line, column: this.#column};
      this.#state = 'quoted';
    } else if (this.#state === 'quoted') this.#state = 'end or escape';
    else if (this.#state === 'end or escape') this.#state = 'quoted';
  }
}
