import type {RunComparison, ValueRow, MetricRow} from '../../compare/compare-runs.ts';
import type {RunSummary} from '../../compare/run-summary.ts';

/** A run of a list for programs. */
export function runJson(run: RunSummary): object {
  const {startMs, set, params, metrics, ...rest} = run;
  return {
    ...rest,
    ...(startMs !== undefined && {startedAt: new Date(startMs).toISOString()}),
    set: Array.from(set, ([name, value]) => `${name}=${value}`),
    params: Object.fromEntries(params ?? []),
    metrics: Object.fromEntries(
      Array.from(metrics, ([name, {value, best, count, total}]) => [
        name,
        {value, best, count, total},
      ]),
    ),
  };
}

/** A comparison for programs: `null` stands where a run has no value. */
export function comparisonJson(comparison: RunComparison): object {
  const {runs, facts, parameters, metrics, instances} = comparison;
  return {
    runs: runs.map(runJson),
    facts: facts.map(valuesJson),
    parameters: parameters.map(valuesJson),
    metrics: metrics.map(({parts, ...row}) => ({...metricJson(row), parts: parts.map(metricJson)})),
    instances: instances.map(({instance, sameAs}) => ({instance, sameAs: orNull(sameAs)})),
  };
}

function valuesJson({names, values}: ValueRow): object {
  return {names, values: orNull(values)};
}

function metricJson(row: Omit<MetricRow, 'parts'>): object {
  return {...row, values: orNull(row.values), differences: orNull(row.differences)};
}

function orNull<T>(values: readonly (T | undefined)[]): readonly (T | null)[] {
  return values.map((value) => value ?? null);
}
