import type {Instance, InstanceGraph, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import type {History} from '../plan/history.ts';
import {kindOf} from '../plan/kind.ts';
import {Expectations} from './expectations.ts';
import type {Task} from './run-queue.ts';

/** Predicts durations from the last result of the same kind. Predictions are only displayed and used for ordering. */
export class Forecast {
  readonly #graph: InstanceGraph;
  readonly #history: History;
  readonly #expectations: Expectations;
  readonly #kindsMs = new Map<string, number | undefined>();
  /** Instances that are not done, by kind. */
  readonly #left = new Map<string, number>();
  #ranks: ReadonlyMap<InstanceId, number> | undefined;

  constructor(graph: InstanceGraph, history: History) {
    this.#graph = graph;
    this.#history = history;
    this.#expectations = new Expectations(history);
    for (const instance of graph.instances.values()) this.count(instance, 1);
  }

  /** Counts an instance as done (−1) or to be done again (1). */
  count(instance: Instance, change: 1 | -1): void {
    const kind = kindOfInstance(instance);
    this.#left.set(kind, (this.#left.get(kind) ?? 0) + change);
  }

  /** Records the duration of an instance. Returns whether that changes ranks: it does for the first of a kind. */
  learn(task: Task, durationMs: number): boolean {
    this.#expectations.learn(task, durationMs);
    const kind = kindOfInstance(task.instance);
    const first = this.#kindMs(kind) === undefined;
    if (first) this.#ranks = undefined;
    this.#kindsMs.set(kind, durationMs);
    return first;
  }

  /** The expected duration of a task, if anything similar ever ran. */
  expectedMs(task: Task): number | undefined {
    return this.#expectations.expectedMs(task);
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
    for (const [kind, left] of this.#left) {
      const expectedMs = this.#kindMs(kind);
      if (expectedMs === undefined) unknown += left;
      else workMs += expectedMs * left;
    }
    let chainMs = 0;
    for (const {id, elapsedMs, expectedMs = 0} of now.open) {
      const passedMs = Math.min(elapsedMs, expectedMs);
      workMs -= passedMs;
      chainMs = Math.max(chainMs, this.rank(id) - passedMs);
    }
    return {remainingMs: Math.round(Math.max(workMs / now.slots, chainMs, 0)), unknown};
  }

  #kindMs(kind: string): number | undefined {
    if (!this.#kindsMs.has(kind)) this.#kindsMs.set(kind, this.#history.lastMs(kind));
    return this.#kindsMs.get(kind);
  }

  #rankAll(): ReadonlyMap<InstanceId, number> {
    const ranks = new Map<InstanceId, number>();
    const groups = usersOf(this.#graph);
    // In reverse topological order, so that an instance's rank is final when it is visited.
    for (const instance of [...this.#graph.instances.values()].toReversed()) {
      const rank = (ranks.get(instance.id) ?? 0) + (this.#kindMs(kindOfInstance(instance)) ?? 1);
      ranks.set(instance.id, rank);
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
