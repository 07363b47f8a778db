import type {MetricValue, RunRow} from '../../model/runs/runs-parts.ts';

/** The columns of the list of runs. */
export type Column = 'run' | 'state' | 'metric' | 'set' | 'started' | 'took';

/** An order of runs. */
export interface Order {
  readonly column: Column;
  readonly isUp: boolean;
}

/** The order that a column has first: the newest, the best, the longest first, and other texts from A to Z. */
export function firstOrder(column: Column, best: MetricValue['best']): Order {
  return {column, isUp: column === 'metric' ? best === 'lowest' : isText.has(column)};
}

const isText: ReadonlySet<Column> = new Set(['state', 'set']);

/**
 * Sorts runs. Those without a value come last, and those with the same keep their order.
 * @param metric the name of the metric of its column
 */
export function sortRows(
  rows: readonly RunRow[],
  {column, isUp}: Order,
  metric: string | undefined,
): readonly RunRow[] {
  const keyed = rows.map((row) => ({row, value: valueOf(row, {column, metric})}));
  const sign = isUp ? 1 : -1;
  return keyed
    .sort(({value: a}, {value: b}) => {
      if (a === undefined || b === undefined)
        return Number(a === undefined) - Number(b === undefined);
      return sign * inOrder(a, b);
    })
    .map(({row}) => row);
}

/** The metric of a run that has this name. */
export function metricOf({metrics}: RunRow, name: string | undefined): MetricValue | undefined {
  return metrics.find((metric) => metric.name === name);
}

/** What was set, in a line. */
export function setText({set}: RunRow): string {
  return set.map(([name, value]) => `${name}=${value}`).join(', ');
}

function valueOf(
  row: RunRow,
  {column, metric}: {column: Column; metric: string | undefined},
): string | number | undefined {
  switch (column) {
    case 'run':
      return row.run;
    case 'state':
      return row.state;
    case 'metric':
      return metricOf(row, metric)?.value;
    case 'set':
      return setText(row) || undefined;
    case 'started':
      return row.startMs;
    case 'took':
      return row.durationMs;
  }
}

/** Numbers within texts count as numbers: `seed=2` comes before `seed=10`. */
const collator = new Intl.Collator('en', {numeric: true});

function inOrder(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : collator.compare(String(a), String(b));
}
