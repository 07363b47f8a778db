import type {Tensor} from '../../../src/formats/tensor.ts';
import {writeTable} from '../../../src/learning/codecs/table-arrow.ts';

/** The numbers of all iterations so far: part of every checkpoint, and a table in the end. */
export class DistillationLog {
  /** Columns by name, in the order of the table. */
  readonly #columns: ReadonlyMap<string, number[]>;

  /** @param tensors those of the state to continue from, if there is one */
  constructor(series: readonly string[], tensors: ReadonlyMap<string, Tensor> | undefined) {
    this.#columns = new Map(
      series.map((name) => [
        name,
        Array.from((tensors?.get(`log.${name}`)?.data ?? []) as Float64Array),
      ]),
    );
  }

  get #rows(): number {
    const [first] = this.#columns.values();
    return first?.length ?? 0;
  }

  /** Adds an iteration's measurements, by name. Throws an Error if a column is missing. */
  add(numbers: Readonly<Record<string, number>>): void {
    for (const [name, column] of this.#columns) {
      const measured = numbers[name];
      if (measured === undefined) throw new Error(`Nothing measures ${name}`);
      column.push(measured);
    }
  }

  /** The last iterations as lines, which show how the distillation ended. */
  tail(count: number): readonly string[] {
    const first = Math.max(0, this.#rows - count);
    return Array.from({length: this.#rows - first}, (_, i) =>
      [
        `iteration ${first + i + 1}:`,
        ...Array.from(
          this.#columns,
          ([name, column]) => `${name} ${Number(column[first + i]!.toPrecision(6))}`,
        ),
      ].join(' '),
    );
  }

  get tensors(): readonly (readonly [string, Tensor])[] {
    return Array.from(this.#columns, ([name, column]) => {
      const data = Float64Array.from(column);
      return [`log.${name}`, {dtype: 'F64', shape: [data.length], data}];
    });
  }

  /** Writes one row per iteration. */
  async write(path: string): Promise<void> {
    const columns = Array.from(
      this.#columns,
      ([name, column]) => [name, Float64Array.from(column)] as const,
    );
    await writeTable(path, {
      iteration: Int32Array.from({length: this.#rows}, (_, i) => i + 1),
      ...Object.fromEntries(columns),
    });
  }
}
