import type {Json} from '../base/json.ts';
import {ownProperty} from '../base/own-property.ts';
import type {RunSummary} from './run-summary.ts';

/** What runs are chosen and sorted by, besides parameters and metrics. */
export const runFields = ['run', 'pipeline', 'age', 'took', 'outcome'] as const;

/** The field, parameter or metric of a run that a name means; durations are in milliseconds. `undefined`: the run has none. */
export function valueOf(run: RunSummary, name: string, nowMs: number): Json | undefined {
  switch (name) {
    case 'run':
      return run.run;
    case 'pipeline':
      return run.pipeline;
    case 'outcome':
      return run.outcome;
    case 'age':
      return run.startMs === undefined ? undefined : nowMs - run.startMs;
    case 'took':
      return run.durationMs;
    default:
      return run.metrics.get(name)?.value ?? parameterOf(run, name);
  }
}

/** A parameter of the pipeline, or a part of one; or what was set under that name. */
function parameterOf({params, set}: RunSummary, name: string): Json | undefined {
  const path = name.replace(/^params\./, '').split('.');
  let value: Json | undefined = params?.get(path[0]!);
  for (const key of path.slice(1)) {
    value = isObject(value) ? ownProperty(value, key) : undefined;
  }
  return value === undefined ? set.get(name) : value;
}

function isObject(value: Json | undefined): value is {readonly [key: string]: Json} {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The names that `valueOf` knows in any of the runs. */
export function namesIn(runs: readonly RunSummary[]): ReadonlySet<string> {
  const names = new Set<string>(runFields);
  for (const {params, set, metrics} of runs) {
    for (const name of [...(params?.keys() ?? []), ...set.keys()]) names.add(name);
    for (const {name, column} of metrics.values()) names.add(name).add(column);
  }
  return names;
}

/** The metric that a name means in runs: of metrics from a column of that name, the usual one. Any other name is itself. */
export function metricNamed(runs: readonly RunSummary[], name: string): string {
  return runs.some(({metrics}) => metrics.has(name)) ? name : (usualMetric(runs, name) ?? name);
}

/**
 * The metric that stands for runs unless another is named: that which most of them have; of several, the one that differs most between
 * them; of several, the last, which is furthest from the sources. `undefined`: they have none.
 * @param of the column that it must be from
 */
export function usualMetric(runs: readonly RunSummary[], of?: string): string | undefined {
  const found = new Map<string, {count: number; least: number; most: number}>();
  for (const {metrics} of runs) {
    for (const {name, column, value} of metrics.values()) {
      if (of !== undefined && column !== of) continue;
      const known = found.get(name) ?? {count: 0, least: value, most: value};
      known.count++;
      known.least = Math.min(known.least, value);
      known.most = Math.max(known.most, value);
      found.set(name, known);
    }
  }
  let best: string | undefined;
  for (const [name, {count, least, most}] of found) {
    const before = best === undefined ? undefined : found.get(best)!;
    const isBetter =
      before === undefined ||
      count > before.count ||
      (count === before.count && most - least >= before.most - before.least);
    if (isBetter) best = name;
  }
  return best;
}
