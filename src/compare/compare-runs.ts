import {canonicalJson} from '../base/canonical-json.ts';
import type {Json, JsonObject} from '../base/json.ts';
import {groupBy} from '../base/group-by.ts';
import {isPathLook} from '../contract/command.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import {stageOf} from '../pipeline/graph/stage-of.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key} from '../store/records/record.ts';
import type {KnownResult} from './known-results.ts';
import {differingFields, differingValues, textOf, type Values} from './differing-values.ts';
import type {Metric, MetricsByName} from './run-metrics.ts';
import type {RunSummary} from './run-summary.ts';

/** A run to compare, with its results by instance. */
export interface ComparedRun {
  readonly summary: RunSummary;
  /** The keys of its instances, those without a result included. */
  readonly keys: ReadonlyMap<InstanceId, Key>;
  readonly results: ReadonlyMap<InstanceId, Pick<KnownResult, 'key' | 'type'>>;
  readonly metrics: MetricsByName;
}

/** Two or more runs beside each other. Every list of values has one for each run, in their order. */
export interface RunComparison {
  readonly runs: readonly RunSummary[];
  /** What made the runs and differs: the version of this program, the commit, the machine. */
  readonly facts: readonly ValueRow[];
  /** The parameters of the pipelines and of their stages that differ. */
  readonly parameters: readonly ValueRow[];
  /** Numbers that at least two of the runs have. */
  readonly metrics: readonly MetricRow[];
  /** All instances of the runs. */
  readonly instances: readonly InstanceRow[];
}

/** Values that differ. Names whose values are the same in each run, such as a parameter and what it is for, share a row. */
export interface ValueRow {
  readonly names: readonly string[];
  /** `undefined`: the run has none. */
  readonly values: Values;
}

export interface MetricRow {
  readonly name: string;
  /** Absent: nothing says which of two is better. */
  readonly best?: Metric['best'];
  readonly values: readonly (number | undefined)[];
  /** The differences from the first run; `undefined` where one of the two has no value. */
  readonly differences: readonly (number | undefined)[];
  /** The same number by instance, if a stage has several. */
  readonly parts: readonly Omit<MetricRow, 'parts'>[];
}

export interface InstanceRow {
  readonly instance: InstanceId;
  /** For each run, the index of the first run in which it has the same key; `undefined`: it has none. */
  readonly sameAs: readonly (number | undefined)[];
}

/**
 * Compares runs.
 * @param fingerprintOf reads the fingerprint of a result; `undefined`: it is gone
 */
export function compareRuns(
  runs: readonly ComparedRun[],
  fingerprintOf: (result: Pick<KnownResult, 'key' | 'type'>) => Fingerprint | undefined,
): RunComparison {
  const summaries = runs.map(({summary}) => summary);
  const instances = instanceRows(runs);
  return {
    runs: summaries,
    facts: factRows(summaries),
    parameters: merged([
      ...pipelineParameters(summaries),
      ...stageParameters(instances, runs, fingerprintOf),
    ]),
    metrics: metricRows(runs),
    instances,
  };
}

type Row = readonly [name: string, values: Values];

function factRows(runs: readonly RunSummary[]): readonly ValueRow[] {
  const names = {
    version: 'Distillery',
    commit: 'commit',
    processor: 'processor',
    node: 'Node.js',
  } as const;
  return Object.entries(names).flatMap(([field, name]) => {
    const values = runs.map(({facts}) => facts?.[field as keyof typeof names]);
    return new Set(values).size < 2 ? [] : [{names: [name], values}];
  });
}

/** The parameters of the pipelines. Of runs that earlier versions made only what was set is known, and only that is compared. */
function pipelineParameters(runs: readonly RunSummary[]): readonly Row[] {
  const earlier = runs.filter(({params}) => params === undefined);
  const set = new Set(earlier.flatMap((run) => [...run.set.keys()]));
  const objects = runs.map((run) => {
    const values = [...(run.params ?? setValues(run.set))];
    const compared = values.filter(([name]) => earlier.length === 0 || set.has(name));
    return Object.fromEntries<JsonObject[string]>(compared);
  });
  return [...differingValues('', objects)];
}

/** What was set, as the values of parameters. */
function setValues(set: RunSummary['set']): ReadonlyMap<string, Json> {
  return new Map(Array.from(set, ([name, text]) => [name, valueIn(text)]));
}

/** The value that a text is in JSON, or else the text. */
function valueIn(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    // A journal may hold what is no parameter, such as a number beyond all bounds.
    canonicalJson(value);
    return value;
  } catch {
    return text;
  }
}

/** The parameters of results with different keys, and what else their keys cover, except their inputs. */
function stageParameters(
  instances: readonly InstanceRow[],
  runs: readonly ComparedRun[],
  fingerprintOf: Parameters<typeof compareRuns>[1],
): readonly Row[] {
  const rows: Row[] = [];
  for (const [stage, group] of groupBy(instances, ({instance}) => stageOf(instance))) {
    const found = group.flatMap((row) =>
      new Set(row.sameAs.filter((of) => of !== undefined)).size < 2
        ? []
        : Array.from(differencesOf(row, runs, fingerprintOf), ([name, values]) => ({
            ...row,
            name,
            values,
          })),
    );
    const shared = group.filter(({sameAs}) => sameAs.filter((of) => of !== undefined).length > 1);
    const texts = groupBy(found, ({name, values}) => JSON.stringify([name, values.map(textOf)]));
    for (const same of texts.values()) {
      const {name, values} = same[0]!;
      const names = same.length === shared.length ? [stage] : same.map(({instance}) => instance);
      rows.push(...names.map((of) => [of + name, values] as const));
    }
  }
  return rows;
}

/** The names of what differs in an instance begin with a dot if they are those of parameters. */
function differencesOf(
  {instance, sameAs}: InstanceRow,
  runs: readonly ComparedRun[],
  fingerprintOf: Parameters<typeof compareRuns>[1],
): ReadonlyMap<string, Values> {
  const byFirst = new Map<number, Fingerprint | undefined>();
  for (const [index, first] of sameAs.entries()) {
    // Of runs with the same key, some may have failed.
    const result = runs[index]!.results.get(instance);
    if (first === undefined || result === undefined || byFirst.has(first)) continue;
    byFirst.set(first, fingerprintOf(result));
  }
  const known = sameAs.map((first) => (first === undefined ? undefined : byFirst.get(first)));
  const there = known.flatMap((fingerprint, index) => (fingerprint ? [index] : []));
  const params = differingValues(
    '.',
    there.map((index) => known[index]!.params),
  );
  const others = differingFields(there.map((index) => surroundings(known[index]!)));
  return new Map(
    [...params, ...others].map(([name, values]) => [
      name,
      known.map((_, index) => values[there.indexOf(index)]),
    ]),
  );
}

/** What a key covers besides parameters and inputs, by how its name continues that of the instance. */
function surroundings({type, version, code, engine, environment}: Fingerprint): JsonObject {
  return {
    ' (stage type)': type,
    ' (version)': version,
    ...(code && {' (code)': {...code}}),
    ...(engine && {' (engine)': {...engine}}),
    ...Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        isPathLook(value) ? ` ${name}` : ` $${name}`,
        typeof value === 'object' && 'value' in value ? value.value : (value as Json),
      ]),
    ),
  };
}

/** Puts names with the same values into one row; programs get as texts what parameters have as numbers. */
function merged(rows: readonly Row[]): readonly ValueRow[] {
  const groups = groupBy(rows, ([, values]) => JSON.stringify(values.map(plainText)));
  return Array.from(groups.values(), (same) => ({
    names: same.map(([name]) => name),
    values: same[0]![1],
  }));
}

function plainText(value: Json | undefined): string {
  return typeof value === 'string' ? value : textOf(value);
}

function metricRows(runs: readonly ComparedRun[]): readonly MetricRow[] {
  const names = new Set(runs.flatMap(({metrics}) => [...metrics.keys()]));
  return [...names].flatMap((name) => {
    const metrics = runs.map((run) => run.metrics.get(name));
    const there = metrics.filter((metric) => metric !== undefined);
    if (there.length < 2) return [];
    const best = there[0]!.best;
    const ids = new Set(there.flatMap(({parts}) => [...parts.keys()]));
    const parts = [...ids].map((id) =>
      metricRow(
        id,
        best,
        metrics.map((metric) => metric?.parts.get(id)),
      ),
    );
    const row = metricRow(
      name,
      best,
      metrics.map((metric) => metric?.value),
    );
    return [{...row, parts: parts.length > 1 ? parts : []}];
  });
}

function metricRow(
  name: string,
  best: Metric['best'],
  values: readonly (number | undefined)[],
): Omit<MetricRow, 'parts'> {
  const [first] = values;
  const differences = values.map((value) =>
    value === undefined || first === undefined ? undefined : value - first,
  );
  return {name, ...(best && {best}), values, differences};
}

function instanceRows(runs: readonly ComparedRun[]): readonly InstanceRow[] {
  const ids = new Set(runs.flatMap(({keys}) => [...keys.keys()]));
  return Array.from(ids, (instance) => {
    const keys = runs.map((run) => run.keys.get(instance));
    const sameAs = keys.map((key) => (key === undefined ? undefined : keys.indexOf(key)));
    return {instance, sameAs};
  });
}
