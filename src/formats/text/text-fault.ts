/** A place in a text: both numbers count from 1; the column counts UTF-16 code units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A text violates its format at a place. The message is no whole sentence: `a value was expected, got ]`. */
export class TextFault extends Error {
  override readonly name = 'TextFault';
  readonly place: TextPlace;

  constructor(place: TextPlace, message: string) {
    super(message);
    this.place = place;
  }
}
