import type {RecordBatch} from 'apache-arrow';

/** The start of rows in a record batch. */
export interface RowPlace {
  readonly batch: RecordBatch;
  readonly row: number;
}

/** `count` rows of two tables with the same row numbers. Absent: that table has no such rows. */
export interface RowSpan {
  readonly a?: RowPlace;
  readonly b?: RowPlace;
  readonly count: number;
}

/**
 * Aligns the rows of two tables, whose record batches may have different lengths. Keeps one batch of each in memory.
 */
export async function* alignRows(
  as: AsyncIterable<RecordBatch>,
  bs: AsyncIterable<RecordBatch>,
): AsyncIterable<RowSpan> {
  const [a, b] = [new Cursor(as), new Cursor(bs)];
  for (;;) {
    const [placeA, placeB] = [await a.place(), await b.place()];
    if (placeA === undefined && placeB === undefined) return;
    const count = Math.min(rowsFrom(placeA), rowsFrom(placeB));
    yield {...(placeA && {a: placeA}), ...(placeB && {b: placeB}), count};
    a.advance(count);
    b.advance(count);
  }
}

function rowsFrom(place: RowPlace | undefined): number {
  return place === undefined ? Infinity : place.batch.numRows - place.row;
}

class Cursor {
  readonly #batches: AsyncIterator<RecordBatch>;
  #batch: RecordBatch | undefined;
  #row = 0;

  constructor(batches: AsyncIterable<RecordBatch>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** The place of the next row; `undefined` at the end. */
  async place(): Promise<RowPlace | undefined> {
    while (this.#batch === undefined || this.#row >= this.#batch.numRows) {
      const next = await this.#batches.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#row = 0;
    }
    return {batch: this.#batch, row: this.#row};
  }

  advance(count: number): void {
    this.#row += count;
  }
}
