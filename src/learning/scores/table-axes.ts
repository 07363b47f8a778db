import {scoreAxes, type ScoreAxis, type ScoreCell} from './score-cells.ts';

/** An axis of a table: one that all scores have, or one that a pipeline gave to them. */
export type TableAxis = ScoreAxis | `at.${string}`;

export type AxisValue = string | number;

/** Values on axes, as far as they are known. */
export type TablePlace = {readonly [axis in TableAxis]?: AxisValue | undefined};

/** The values of a cell on all axes. */
export function placeOf(cell: ScoreCell): TablePlace {
  const own = scoreAxes.map((axis) => [axis, cell[axis]]);
  const given = Object.entries(cell.at ?? {}).map(([name, value]) => [`at.${name}`, value]);
  return Object.fromEntries([...own, ...given]) as TablePlace;
}

/** The axes that a pipeline gave to cells, in the order in which they first occur. */
export function givenAxes(cells: readonly ScoreCell[]): readonly TableAxis[] {
  const names = new Set(cells.flatMap(({at = {}}) => Object.keys(at)));
  return Array.from(names, (name) => `at.${name}` as const);
}

/** The heading of an axis. */
export function axisTitle(axis: TableAxis): string {
  return axis.replace(/^at\./, '');
}

/** The values of a place on some axes, as a text. */
export function keyOf(at: TablePlace, axes: readonly TableAxis[]): string {
  return JSON.stringify(axes.map((axis) => at[axis] ?? null));
}

/**
 * The axes that distinguish columns. Where a pipeline gave axes to rows, what varies with the rows alone is not among
 * them: a sweep over images per class has one column.
 */
export function columnAxes(
  places: readonly TablePlace[],
  rows: readonly TableAxis[],
  columns: readonly ScoreAxis[],
): readonly ScoreAxis[] {
  if (!rows.some((axis) => axis.startsWith('at.'))) return columns;
  const count = (axes: readonly TableAxis[]): number =>
    new Set(places.map((place) => keyOf(place, axes))).size;
  return columns.filter((axis) => count([axis]) === 1 || count([...rows, axis]) > count(rows));
}
