import {parseMetricName, type MetricName} from '../../compare/metric-name.ts';

/** Those of the names that are of columns of tables: `stage.output.column`. */
export function metricNames(names: readonly string[]): readonly MetricName[] {
  return [...new Set(names)].flatMap((name) => parseMetricName(name) ?? []);
}
