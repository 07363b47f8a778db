import type {GivenAxes} from '../scores/scores.ts';
import type {Column, Table} from './table-arrow.ts';

const prefix = 'at_';

/**
 * The columns of values on given axes, by name: numbers where all are, and otherwise texts. A row without a value has NaN
 * or an empty text. There are none if no row has any.
 */
export function givenColumns(
  rows: readonly {readonly at?: GivenAxes | undefined}[],
): Readonly<Record<string, Column>> {
  const names = new Set(rows.flatMap(({at = {}}) => Object.keys(at)));
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = rows.map(({at}) => at?.[name]);
      const areNumbers = values.every((value) => typeof value !== 'string');
      const column = areNumbers
        ? Float64Array.from(values, (value) => value ?? NaN)
        : values.map((value = '') => String(value));
      return [`${prefix}${name}`, column] as const;
    }),
  );
}

/** The values on given axes of each row; `undefined` for a row that has none. */
export function parseGivenAxes(
  columns: Table['columns'],
  rows: number,
): readonly (GivenAxes | undefined)[] {
  const given = Object.entries(columns).filter(([name]) => name.startsWith(prefix));
  return Array.from({length: rows}, (_, row) => {
    const values = given.flatMap(([name, column]) => {
      const value = column[row]!;
      return value === '' || Number.isNaN(value) ? [] : [[name.slice(prefix.length), value]];
    });
    return values.length === 0 ? undefined : (Object.fromEntries(values) as GivenAxes);
  });
}
