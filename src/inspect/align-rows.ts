import type {RecordBatch} from 'apache-arrow';

/** Where rows begin in a record batch. */
export interface RowPlace {
  readonly batch: RecordBatch;
  readonly row: number;
}

/** `count` rows of two tables that have the same numbers. Absent: that table has no such rows. */
export interface RowSpan {
  readonly a?: RowPlace;
  readonly b?: RowPlace;
  readonly count: number;
}

/** All rows of two tables side by side, wherever their record batches end. Keeps one batch of each in memory. */
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

  /** Where the next row is; `undefined` at the end. */
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
