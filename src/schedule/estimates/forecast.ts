import type {
  Instance,
  InstanceGraph,
  InstanceId,
  OutputRef,
} from '../../pipeline/graph/instance.ts';
import type {Estimator} from '../../plan/estimator.ts';
import {afterReason, valueOf} from '../../plan/going-on.ts';
import type {History} from '../../plan/history.ts';
import {kindOf} from '../../plan/kind.ts';
import {LowerInstances} from '../../plan/lower-instances.ts';
import {Expectations} from './expectations.ts';
import type {Task} from '../run-queue.ts';

/** Up to this number, each instance of a stage is estimated; of more, this many tell of the others. */
const estimatedOfStage = 64;

/** Stands for all kinds that compute; it is no kind. */
const computing = '';

/** What is left of a stage, and how long each of its instances is estimated to take. */
interface Stage {
  readonly instances: Instance[];
  left: number;
  /** By instance, or the mean. Absent: not known. */
  estimates?: ReadonlyMap<InstanceId, number> | number;
  /** The sum of the estimates of what is left. */
  leftMs: number;
}

/**
 * Predicts durations: by an estimator, corrected by what finishes in this run, and otherwise from the last result of the same kind.
 * Predictions are only displayed and used for ordering.
 */
export class Forecast {
  readonly #graph: InstanceGraph;
  readonly #lowers: LowerInstances;
  readonly #history: History;
  readonly #expectations: Expectations;
  readonly #kindsMs = new Map<string, number | undefined>();
  readonly #stages = new Map<string, Stage>();
  /** Instances that are done. */
  readonly #done = new Set<InstanceId>();
  /** Time that the instances of a kind took in this run, and were estimated to take. */
  readonly #corrections = new Map<string, {tookMs: number; estimatedMs: number}>();
  #estimator: Estimator | undefined;
  #ranks: ReadonlyMap<InstanceId, number> | undefined;

  constructor(
    graph: InstanceGraph,
    history: History,
    lowers: LowerInstances = new LowerInstances(graph),
  ) {
    this.#graph = graph;
    this.#lowers = lowers;
    this.#history = history;
    this.#expectations = new Expectations(history);
    for (const instance of graph.instances.values()) {
      const stage = this.#stages.get(instance.stage);
      if (stage === undefined) {
        this.#stages.set(instance.stage, {instances: [instance], left: 1, leftMs: 0});
      } else {
        stage.instances.push(instance);
        stage.left++;
      }
    }
  }

  /** Takes an estimator, which changes ranks. */
  inform(estimator: Estimator): void {
    this.#estimator = estimator;
    this.#ranks = undefined;
    for (const stage of this.#stages.values()) {
      const estimates = this.#estimatesOf(stage.instances, estimator);
      if (estimates === undefined) continue;
      stage.estimates = estimates;
      stage.leftMs =
        typeof estimates === 'number'
          ? estimates * stage.left
          : [...estimates].reduce((sum, [id, ms]) => (this.#done.has(id) ? sum : sum + ms), 0);
    }
  }

  /** Counts an instance as done (−1) or to be done again (1). */
  count(instance: Instance, change: 1 | -1): void {
    const stage = this.#stages.get(instance.stage)!;
    if (change === -1) this.#done.add(instance.id);
    else this.#done.delete(instance.id);
    stage.left += change;
    stage.leftMs += change * (this.#estimatedMs(instance) ?? 0);
  }

  /** Records the duration of an instance. Returns whether that changes ranks: it does for the first of a kind. */
  learn(task: Task, durationMs: number): boolean {
    this.#expectations.learn(task, durationMs);
    const kind = kindOfInstance(task.instance);
    const estimatedMs = this.#estimator?.expected(task.instance, task.reasons)?.ms ?? 0;
    if (estimatedMs > 0) {
      this.#correct(kind, durationMs, estimatedMs);
      if (isComputing(task.instance)) this.#correct(computing, durationMs, estimatedMs);
    }
    const first = this.#kindMs(kind) === undefined;
    if (first) this.#ranks = undefined;
    this.#kindsMs.set(kind, durationMs);
    return first;
  }

  /**
   * The expected duration of a task, if anything is known.
   * @param isAlone whether it gets all slots
   */
  expectedMs(task: Task, isAlone = false): number | undefined {
    const {instance, reasons} = task;
    const expected = this.#estimator?.expected(instance, reasons);
    if (expected === undefined) return this.#expectations.expectedMs(task);
    return Math.round((isAlone ? expected.aloneMs : expected.ms) * this.#correction(instance));
  }

  /** The time from the instance's start to the end of the longest chain that needs it: the highest rank goes first. */
  rank(id: InstanceId): number {
    this.#ranks ??= this.#rankAll();
    return this.#ranks.get(id) ?? 0;
  }

  /** The remaining time with a number of slots, given the running chains and their elapsed time. */
  remaining(now: {readonly slots: number; readonly open: readonly OpenChain[]}): {
    readonly remainingMs: number;
    readonly unknown: number;
  } {
    let workMs = 0;
    let unknown = 0;
    for (const {instances, left, leftMs, estimates} of this.#stages.values()) {
      const [first] = instances;
      const eachMs = this.#kindMs(kindOfInstance(first!));
      if (estimates !== undefined) workMs += leftMs * this.#correction(first!);
      else if (eachMs === undefined) unknown += left;
      else workMs += eachMs * left;
    }
    let chainMs = 0;
    for (const {id, elapsedMs, expectedMs = 0} of now.open) {
      const ownMs = this.#ownMs(this.#graph.instances.get(id)!) ?? 0;
      const passedMs = expectedMs === 0 ? 0 : ownMs * Math.min(1, elapsedMs / expectedMs);
      workMs -= passedMs;
      chainMs = Math.max(chainMs, this.rank(id) - passedMs);
    }
    return {remainingMs: Math.round(Math.max(workMs / now.slots, chainMs, 0)), unknown};
  }

  /** The expected duration of an instance with one slot. */
  #ownMs(instance: Instance): number | undefined {
    const estimatedMs = this.#estimatedMs(instance);
    if (estimatedMs !== undefined) return estimatedMs * this.#correction(instance);
    return this.#kindMs(kindOfInstance(instance));
  }

  /** The estimates of a stage's instances, or their mean; `undefined`: there is one of which nothing is known. */
  #estimatesOf(
    instances: readonly Instance[],
    estimator: Estimator,
  ): ReadonlyMap<InstanceId, number> | number | undefined {
    const step = Math.ceil(instances.length / estimatedOfStage);
    const estimates = new Map<InstanceId, number>();
    for (let at = 0; at < instances.length; at += step) {
      const instance = instances[at]!;
      const lower = this.#lowers.awaitedBy(instance, [], () => true);
      const reasons = lower === undefined ? [] : [afterReason(lower)];
      const ms = instance.file === undefined ? estimator.expected(instance, reasons)?.ms : 0;
      if (ms === undefined) return undefined;
      estimates.set(instance.id, ms);
    }
    if (step === 1) return estimates;
    return [...estimates.values()].reduce((sum, ms) => sum + ms, 0) / estimates.size;
  }

  #estimatedMs({id, stage}: Instance): number | undefined {
    const {estimates} = this.#stages.get(stage)!;
    return typeof estimates === 'object' ? estimates.get(id) : estimates;
  }

  /**
   * How many times as long as estimated the instances of its kind took in this run; of the first of a kind that computes, those of all kinds
   * that do, since the machine may be busy.
   */
  #correction(instance: Instance): number {
    const own = this.#corrections.get(kindOfInstance(instance));
    const sum = own ?? (isComputing(instance) ? this.#corrections.get(computing) : undefined);
    return sum === undefined ? 1 : sum.tookMs / sum.estimatedMs;
  }

  #correct(kind: string, tookMs: number, estimatedMs: number): void {
    const sum = this.#corrections.get(kind) ?? {tookMs: 0, estimatedMs: 0};
    sum.tookMs += tookMs;
    sum.estimatedMs += estimatedMs;
    this.#corrections.set(kind, sum);
  }

  #kindMs(kind: string): number | undefined {
    if (!this.#kindsMs.has(kind)) this.#kindsMs.set(kind, this.#history.lastMs(kind));
    return this.#kindsMs.get(kind);
  }

  #rankAll(): ReadonlyMap<InstanceId, number> {
    const ranks = new Map<InstanceId, number>();
    const groups = usersOf(this.#graph);
    // An instance's rank is final when it is visited: all that need it, or go on from its result, come before it.
    for (const instance of this.#lastFirst()) {
      const rank = (ranks.get(instance.id) ?? 0) + (this.#ownMs(instance) ?? 1);
      ranks.set(instance.id, rank);
      const lower = this.#lowers.awaitedBy(instance, [], () => true);
      if (lower !== undefined) ranks.set(lower.id, Math.max(ranks.get(lower.id) ?? 0, rank));
      for (const refs of Object.values(instance.inputs)) {
        const group = groups.get(refs)!;
        group.rank = Math.max(group.rank, rank);
        group.users--;
        // Ranks are passed on once per list, by the last instance that uses it, since many may share a list.
        if (group.users > 0) continue;
        for (const {instance: id} of refs) ranks.set(id, Math.max(ranks.get(id) ?? 0, group.rank));
      }
    }
    return ranks;
  }

  /** The deepest first: instances that go on from each other are equally deep, and the highest value of these comes first. */
  #lastFirst(): readonly Instance[] {
    const instances = [...this.#graph.instances.values()];
    if (this.#lowers.isEmpty) return instances.toReversed();
    const depths = new Map<InstanceId, number>();
    const lists = new Map<readonly OutputRef[], number>();
    const below = (refs: readonly OutputRef[]): number => {
      let depth = lists.get(refs);
      if (depth === undefined) {
        depth = refs.reduce((most, {instance}) => Math.max(most, depths.get(instance)! + 1), 0);
        lists.set(refs, depth);
      }
      return depth;
    };
    for (const {id, inputs} of instances)
      depths.set(id, Math.max(0, ...Object.values(inputs).map(below)));
    const value = (one: Instance): number =>
      one.type.contract.goesOn === undefined ? 0 : valueOf(one);
    return instances.toSorted(
      (a, b) => depths.get(b.id)! - depths.get(a.id)! || value(b) - value(a),
    );
  }
}

/** Whether it runs tensor programs. */
function isComputing({type}: Instance): boolean {
  return type.contract.engine === true;
}

function kindOfInstance({type, params}: Instance): string {
  return kindOf(type.contract.type, params);
}

/** The instances that use a list of references: how many are not visited, and the highest rank of the others. */
interface Users {
  users: number;
  rank: number;
}

function usersOf(graph: InstanceGraph): ReadonlyMap<readonly OutputRef[], Users> {
  const groups = new Map<readonly OutputRef[], Users>();
  for (const {inputs} of graph.instances.values()) {
    for (const refs of Object.values(inputs)) {
      const group = groups.get(refs);
      if (group === undefined) groups.set(refs, {users: 1, rank: 0});
      else group.users++;
    }
  }
  return groups;
}

/** A running instance. */
export interface OpenChain {
  readonly id: InstanceId;
  readonly elapsedMs: number;
  readonly expectedMs: number | undefined;
}
