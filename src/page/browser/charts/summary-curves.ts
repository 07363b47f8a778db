import type {Curve} from '../../model/parts.ts';

type Values = readonly (number | null)[];

/** Columns of numbers over common values of x: the first column is x. */
export type Columns = readonly [readonly number[], ...Values[]];

/** Aligns curves over all values of x that any of them has. */
export function aligned(curves: readonly Curve[]): Columns {
  const x = [...new Set(curves.flatMap((curve) => [...curve.x]))].sort((a, b) => a - b);
  const columns = curves.map((curve) => {
    const values = new Map(curve.x.map((step, index) => [step, curve.y[index] ?? null]));
    return x.map((step) => values.get(step) ?? null);
  });
  return [x, ...columns];
}

/** For each group of curves, their mean, and the smallest and largest of them, at each x; between its points a curve is a line. */
export function summary(groups: readonly (readonly Curve[])[]): Columns {
  const [x, ...columns] = aligned(groups.flat());
  const whole = columns.map((column) => filled(x, column));
  return [x, ...groups.flatMap((curves) => summaryOf(x.length, whole.splice(0, curves.length)))];
}

function summaryOf(length: number, columns: readonly Values[]): readonly Values[] {
  const at = (fold: (values: readonly number[]) => number): Values =>
    Array.from({length}, (_, index) => {
      const values = columns.flatMap((column) => column[index] ?? []);
      return values.length === 0 ? null : fold(values);
    });
  return [
    at((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    at((values) => Math.min(...values)),
    at((values) => Math.max(...values)),
  ];
}

/** A curve with values between its points, and none before the first or after the last. */
function filled(x: readonly number[], column: Values): Values {
  const all = [...column];
  let before: number | undefined;
  for (const [index, value] of column.entries()) {
    if (value === null) continue;
    for (let between = (before ?? index) + 1; between < index; between++) {
      const share = (x[between]! - x[before!]!) / (x[index]! - x[before!]!);
      all[between] = column[before!]! + share * (value - column[before!]!);
    }
    before = index;
  }
  return all;
}
