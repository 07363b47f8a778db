import {groupBy} from '../../../base/group-by.ts';
import type {Json} from '../../../base/json.ts';
import type {InstanceRow, MetricRow, RunComparison} from '../../../compare/compare-runs.ts';
import {letterOf} from '../../../compare/letter-of.ts';
import {stageOf} from '../../../pipeline/graph/stage-of.ts';
import {markOf} from './run-marks.ts';
import {runRow} from './run-row.ts';
import type {ComparisonPart, MetricsRow, ValuesRow} from './runs-parts.ts';

/** A comparison of runs, for display. */
export function comparisonPart(comparison: RunComparison): ComparisonPart {
  const {runs, facts, parameters, metrics, instances} = comparison;
  return {
    runs: runs.map((summary, index) => ({...runRow(summary), mark: markOf([index])})),
    parameters: [...parameters, ...facts].map(({names, values}) => ({
      name: names.join(', '),
      values: values.map(valueText),
    })),
    metrics: metrics.flatMap((row) => [
      metricsRow(row),
      ...row.parts.map((part) => metricsRow(part, row.name)),
    ]),
    shared: sharedRows(instances, runs.length),
  };
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function metricsRow(
  {name, best, values, differences}: Omit<MetricRow, 'parts'>,
  of?: string,
): MetricsRow {
  return {
    name,
    ...(best && {best}),
    values: values.map((value) => value ?? null),
    differences: differences.map((value) => value ?? null),
    ...(of !== undefined && {of}),
  };
}

/** For each stage and run, with which of the runs it shares its results. */
function sharedRows(instances: readonly InstanceRow[], count: number): readonly ValuesRow[] {
  const stages = groupBy(instances, ({instance}) => stageOf(instance));
  return Array.from(stages, ([name, rows]) => ({
    name: rows.length > 1 ? `${name} ×${rows.length}` : name,
    values: Array.from({length: count}, (_, run) => sharedText(rows, run)),
  }));
}

function sharedText(rows: readonly InstanceRow[], run: number): string {
  const there = rows.flatMap(({sameAs}) => sameAs[run] ?? []);
  if (there.length === 0) return '–';
  const groups = [...groupBy(there, (first) => first)].sort(([a], [b]) => a - b);
  return groups
    .map(([first, {length}]) => {
      const what = first === run ? 'its own' : `as ${letterOf(first)}`;
      return groups.length > 1 ? `${length} ${what}` : what;
    })
    .join(', ');
}
