import type {Block, TextPart} from '../parts.ts';
import {byName, markOf, sharings} from './run-marks.ts';
import type {ComparedCell, ComparedTable} from './runs-parts.ts';

type Table = Extract<Block, {kind: 'table'}>;

interface TitledTable extends Table {
  readonly title: string;
  /** Its place among the tables of that title. */
  readonly place: number;
}

/** The tables that at least two of the runs have: rows of the same name below each other, with the differences from the first run. */
export function comparedTables(ofRuns: readonly (readonly TextPart[])[]): readonly ComparedTable[] {
  const tables = ofRuns.map((texts) => texts.flatMap(tablesIn));
  return byName(tables, ({title, place}) => JSON.stringify([title, place])).flatMap((same) =>
    same.filter((table) => table !== undefined).length < 2 ? [] : [compared(same)],
  );
}

function tablesIn({title, blocks}: TextPart): readonly TitledTable[] {
  return blocks
    .filter((block) => block.kind === 'table')
    .map((table, place) => ({...table, title, place}));
}

function compared(tables: readonly (TitledTable | undefined)[]): ComparedTable {
  const there = tables.filter((table) => table !== undefined);
  const head = [...new Set(there.flatMap((table) => table.head))];
  const names = tables.map((table) => (table === undefined ? [] : rowsOf(table, head)));
  const isRight = head.map((title) =>
    there.some((table) => table.isRight[table.head.indexOf(title)]),
  );
  return {
    title: there[0]!.title,
    head,
    isRight,
    rows: byName(names, ({key}) => key).map((rows) => ({
      name: rows.find((row) => row !== undefined)!.name,
      lines: sharings(rows.map((row) => row?.cells)).map(({runs, value}) => ({
        of: markOf(runs),
        cells: value.map((text, column) =>
          isRight[column + 1] === true ? cellOf(text, rows[0]?.cells[column]) : {text},
        ),
      })),
    })),
  };
}

/** The rows of a table with the cells of these columns, but the first. A row is known by its texts, which stand on the left, and its place among those of the same texts. */
function rowsOf(
  table: Table,
  head: readonly string[],
): readonly {readonly key: string; readonly name: string; readonly cells: readonly string[]}[] {
  const counts = new Map<string, number>();
  const places = head.slice(1).map((title) => table.head.indexOf(title));
  return table.rows.map(([name = '', ...others]) => {
    const texts = others.filter((_, column) => table.isRight[column + 1] !== true);
    const known = JSON.stringify([name, ...texts]);
    const count = (counts.get(known) ?? 0) + 1;
    counts.set(known, count);
    return {
      key: JSON.stringify([known, count]),
      name,
      cells: places.map((place) => others[place - 1] ?? '–'),
    };
  });
}

function cellOf(text: string, first: string | undefined): ComparedCell {
  const [one, other] = [numberIn(text), first === undefined ? undefined : numberIn(first)];
  if (one === undefined || other === undefined || text === first) return {text};
  const digits = Math.max(one.digits, other.digits);
  const difference = Number((one.value - other.value).toFixed(digits));
  const size = Math.abs(difference).toFixed(digits);
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  return {text, difference: sign + size};
}

/** The number that a text begins with, such as that of `78.7 ± 4.0 (3)`, and its digits after the point. */
function numberIn(text: string): {readonly value: number; readonly digits: number} | undefined {
  const found = /^([-−]?)(\d+(?:\.(\d+))?)(?=$|[ %(±])/.exec(text);
  if (found === null) return undefined;
  const [, sign = '', size = '', decimals = ''] = found;
  return {value: Number(size) * (sign === '' ? 1 : -1), digits: decimals.length};
}
