import {ownProperty} from '../base/own-property.ts';
import type {Headline, Offers} from '../contract/offers.ts';
import type {Mean} from '../inspect/column-mean.ts';
import {matchInstances} from '../journal/match-instances.ts';
import {orderIn} from '../journal/order-in.ts';
import {hasResult, type RunAccount} from '../journal/run-account.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import {stageOf} from '../pipeline/graph/stage-of.ts';
import type {Store} from '../store/layout.ts';
import type {RecordedOutput} from '../store/records/record.ts';
import {ArtifactMeans, type StoredTable} from './artifact-means.ts';
import {KnownResults, type KnownResult} from './known-results.ts';
import type {MetricName} from './metric-name.ts';

/** A number of a run: the mean over the instances of a stage. */
export interface Metric {
  readonly name: string;
  /** The column of the tables that it is from. */
  readonly column: string;
  readonly value: number;
  /** Absent: nothing says which of two is better. */
  readonly best?: Headline['best'];
  /** Number of instances that it is the mean over. */
  readonly count: number;
  /** Number of instances that are meant: more if some have failed, or their tables are gone. */
  readonly total: number;
}

/** A metric with the numbers of the instances. */
export interface MeasuredMetric extends Metric {
  readonly parts: ReadonlyMap<InstanceId, number>;
}

/** The metrics of a run by name. */
export type MetricsByName = ReadonlyMap<string, MeasuredMetric>;

/** Reads the metrics of runs: the headlines of their results, and columns that are named. */
export class RunMetrics {
  readonly #results: KnownResults;
  readonly #means: ArtifactMeans;
  readonly #named: readonly MetricName[];

  constructor(
    {store, drawings}: {readonly store: Store} & Pick<Offers, 'drawings'>,
    named: readonly MetricName[] = [],
  ) {
    this.#results = new KnownResults(store);
    this.#means = new ArtifactMeans(store, drawings);
    this.#named = named;
  }

  /** The results of a run by instance, in the order in which they are shown, without those that are gone; of their outputs those that may have metrics. */
  results(run: RunAccount): ReadonlyMap<InstanceId, KnownResult> {
    const outputs = new Set(this.#named.map(({output}) => output));
    const isWanted = (name: string, media: string): boolean =>
      outputs.has(name) || this.#means.headlineOf(media) !== undefined;
    const found = [...run.instances.values()].sort(orderIn(run)).flatMap((account) => {
      const result = hasResult(account) ? this.#results.of(account, isWanted) : undefined;
      return result === undefined ? [] : [[account.id, result] as const];
    });
    return new Map(found);
  }

  /** The metrics of a run, in the order of its stages; those that are named last. */
  async of(run: RunAccount, results = this.results(run)): Promise<MetricsByName> {
    const metrics = new Map<string, Gathered>();
    for (const one of [...this.#headlines(results), ...this.#columns(results)]) {
      const value = await meanOver(one.output, one.read);
      const {metric, column, best, instance, selector} = one;
      const known = metrics.get(metric) ?? {column, best, selector, parts: new Map()};
      metrics.set(metric, known);
      if (value !== undefined) known.parts.set(instance, value);
    }
    return new Map([...metrics].flatMap(([name, gathered]) => metricOf(name, gathered, run)));
  }

  #headlines(results: ReadonlyMap<InstanceId, KnownResult>): readonly Reading[] {
    const names = new Set(this.#named.map(({text}) => text));
    return [...results].flatMap(([instance, {outputs}]) =>
      Object.entries(outputs).flatMap(([name, output]): readonly Reading[] => {
        const headline = this.#means.headlineOf(output.media);
        const selector = stageOf(instance);
        const metric = `${selector}.${name}.${headline?.column ?? ''}`;
        if (headline === undefined || names.has(metric)) return [];
        const read = (table: StoredTable) => this.#means.headline(table);
        return [{...headline, metric, selector, instance, output, read}];
      }),
    );
  }

  #columns(results: ReadonlyMap<InstanceId, KnownResult>): readonly Reading[] {
    return this.#named.flatMap(({text: metric, instances: selector, output: name, column}) =>
      matchInstances(selector, results.keys()).flatMap((instance): readonly Reading[] => {
        const output = ownProperty(results.get(instance)!.outputs, name);
        if (output === undefined) return [];
        const headline = this.#means.headlineOf(output.media);
        const best = headline?.column === column ? headline.best : undefined;
        const read = (table: StoredTable) => this.#means.column(table, column);
        return [{metric, column, best, selector, instance, output, read}];
      }),
    );
  }
}

interface Described {
  readonly column: string;
  readonly best: Headline['best'] | undefined;
  /** The instances that are meant. */
  readonly selector: string;
}

/** A number of an instance that is to be read. */
interface Reading extends Described {
  readonly metric: string;
  readonly instance: InstanceId;
  readonly output: RecordedOutput;
  readonly read: (table: StoredTable) => Promise<Mean | undefined>;
}

interface Gathered extends Described {
  readonly parts: Map<InstanceId, number>;
}

/** The mean over the artifacts of an output; `undefined` if one has no number. */
async function meanOver(
  {media, artifacts}: RecordedOutput,
  read: Reading['read'],
): Promise<number | undefined> {
  let [sum, count] = [0, 0];
  for (const {digest} of artifacts) {
    const one = await read({digest, media});
    if (one === undefined) return undefined;
    sum += one.mean * one.count;
    count += one.count;
  }
  return count === 0 ? undefined : sum / count;
}

/** The metric that instances have together; none if none of them has a number. */
function metricOf(
  name: string,
  {column, best, selector, parts}: Gathered,
  {planned, instances}: RunAccount,
): readonly (readonly [string, MeasuredMetric])[] {
  if (parts.size === 0) return [];
  const value = [...parts.values()].reduce((sum, part) => sum + part, 0) / parts.size;
  const stage = planned?.stages.nodes.find(([stage]) => stage === selector)?.[1];
  const total = stage?.count ?? matchInstances(selector, instances.keys()).length;
  const count = parts.size;
  return [[name, {name, column, value, ...(best && {best}), count, total, parts}]];
}
