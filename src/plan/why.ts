import type {Digest} from '../base/digest.ts';
import {ownProperty} from '../base/own-property.ts';
import type {Instance, InstanceGraph, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import {withUpstreams} from '../pipeline/graph/sub-graph.ts';
import {readRecord} from '../store/records/find-record.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Store} from '../store/layout.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import {fingerprintOf} from './decide.ts';
import {explainChange} from './explain-change.ts';
import {isLower} from './going-on.ts';
import {History} from './history.ts';
import {Makers} from './makers.ts';
import type {StoredResult} from './stored-results.ts';
import {knownOutputs, planGraph, type Plan, type Planned} from './plan-graph.ts';
import type {Reason} from './verdict.ts';

/** A reason, and the instances that cause it. */
export interface Cause {
  readonly reason: Reason;
  readonly origins: readonly Origin[];
  /** Number of further instances that cause it, which are not listed. */
  readonly more: number;
  /** For a changed input: the number of artifacts that it has now and had before. */
  readonly counts?: {readonly was: number; readonly now: number};
}

/**
 * An instance that causes another one to run. `pending`: it will run first. `changed`: it gives other bytes than
 * before, for these causes. `remade`: the same instance made other bytes. `added`: there was none in its place.
 * `unknown`: the producer of the earlier bytes is no longer known.
 */
export interface Origin {
  readonly kind: 'pending' | 'changed' | 'remade' | 'added' | 'unknown';
  readonly instance: InstanceId;
  readonly causes: readonly Cause[];
}

export interface Explanation {
  readonly planned: Planned;
  /** The reasons why it has to run. Empty for a hit. */
  readonly causes: readonly Cause[];
  /** The earlier result that it was compared with, if any. */
  readonly past?: StoredResult & {readonly record?: StageRecord};
  /** Number of results of its stage type. */
  readonly pastCount: number;
}

/** Limits of the depth and width of a tree of causes, for readability. */
const deepest = 4;
const widest = 3;

/** Explains the verdicts on instances. Writes nothing, and reads more than planning needs. */
export class Why {
  readonly #graph: InstanceGraph;
  readonly #store: Store;
  readonly #history: History;
  readonly #plan: Plan;
  readonly #makers: Makers;

  constructor(graph: InstanceGraph, store: Store) {
    this.#graph = graph;
    this.#store = store;
    this.#history = new History(store);
    this.#makers = new Makers(store, this.#history);
    this.#plan = planGraph(graph, store);
  }

  explain(id: InstanceId): Explanation {
    const planned = this.#plan.get(id)!;
    const {type} = planned.instance.type.contract;
    const past = this.#comparedWith(planned);
    const record = past && readRecord(this.#store, past.key);
    const known = typeof record === 'object' ? {record} : {};
    return {
      planned,
      causes: this.#causes(planned, past, 1),
      ...(past && {past: {...past, ...known}}),
      pastCount: this.#history.all(type).length,
    };
  }

  /** All instances that an instance is made from, in topological order; it is the last. */
  lineage(id: InstanceId): readonly Planned[] {
    const needed = withUpstreams(this.#graph, new Set([id]));
    return [...this.#plan.values()].filter(({instance}) => needed.has(instance.id));
  }

  /** The reasons for which a stored result was made, with their origins. The reasons come from the run that made it. */
  trace(id: InstanceId, reasons: readonly Reason[]): readonly Cause[] {
    const {instance, verdict} = this.#plan.get(id)!;
    if (verdict.kind !== 'hit') return reasons.map(leaf);
    const past = this.#likeliest(this.#fingerprint(instance), verdict.key, reasons);
    return reasons.map((reason) => this.#cause(reason, instance, past?.fingerprint, 1));
  }

  #comparedWith({instance, verdict}: Planned): StoredResult | undefined {
    if (verdict.kind !== 'run' || verdict.key === undefined) return undefined;
    return this.#likeliest(this.#fingerprint(instance), verdict.key, verdict.reasons);
  }

  /** The earlier result that differs in exactly these reasons and shares the most inputs. */
  #likeliest(now: Fingerprint, key: Key, reasons: readonly Reason[]): StoredResult | undefined {
    if (!reasons.some(({kind}) => kind.endsWith('-changed'))) return undefined;
    // The result from which it goes on is no difference.
    const told = JSON.stringify(reasons.filter((reason) => !isLower(reason)));
    let likeliest: {readonly past: StoredResult; readonly shared: number} | undefined;
    for (const past of this.#history.all(now.type)) {
      const changes = past.key === key ? [] : explainChange(past.fingerprint, now);
      if (JSON.stringify(changes) !== told) continue;
      const shared = sharedInputs(past.fingerprint, now);
      if (likeliest === undefined || shared > likeliest.shared) likeliest = {past, shared};
    }
    return likeliest?.past;
  }

  #causes(
    {instance, verdict}: Planned,
    past: StoredResult | undefined,
    depth: number,
  ): readonly Cause[] {
    if (verdict.kind === 'hit') return [];
    return verdict.reasons.map((reason) => this.#cause(reason, instance, past?.fingerprint, depth));
  }

  #cause(reason: Reason, instance: Instance, past: Fingerprint | undefined, depth: number): Cause {
    if (depth > deepest) return leaf(reason);
    if (reason.kind === 'upstream') {
      return widthOf(reason, reason.instances, (id) => this.#pending(id, depth));
    }
    if (reason.kind !== 'input-changed' || past === undefined) return leaf(reason);
    const was = ownProperty(past.inputs, reason.port) ?? [];
    const refs = ownProperty(instance.inputs, reason.port) ?? [];
    const now = refs.flatMap((ref) => this.#digests(ref));
    const changes = this.#changedRefs(refs, was);
    const counts = {was: was.length, now: now.length};
    return {...widthOf(reason, changes, (change) => this.#changed(change, depth)), counts};
  }

  #pending(id: InstanceId, depth: number): Origin {
    const planned = this.#plan.get(id)!;
    const causes = this.#causes(planned, this.#comparedWith(planned), depth + 1);
    return {kind: 'pending', instance: id, causes};
  }

  /** The outputs that give bytes which did not flow in before, and the bytes that they replaced. */
  #changedRefs(refs: readonly OutputRef[], was: readonly Digest[]): readonly ChangedRef[] {
    const before = new Set(was);
    const now = refs.map((ref) => this.#digests(ref));
    const inPlace = now.flat().length === was.length;
    let at = 0;
    return refs.flatMap((ref, index) => {
      const first = at;
      at += now[index]!.length;
      const changed = now[index]!.findIndex((digest) => !before.has(digest));
      if (changed < 0) return [];
      return {ref, was: inPlace ? was[first + changed] : undefined};
    });
  }

  #changed({ref, was}: ChangedRef, depth: number): Origin {
    const {instance: id} = ref;
    const instance = this.#graph.instances.get(id)!;
    if (was === undefined) return {kind: 'added', instance: id, causes: []};
    if (instance.file !== undefined) return {kind: 'changed', instance: id, causes: []};
    const maker = this.#makers.find(instance.type.contract.type, was);
    if (maker === undefined) return {kind: 'unknown', instance: id, causes: []};
    const reasons = explainChange(maker.fingerprint, this.#fingerprint(instance));
    if (reasons.length === 0) return {kind: 'remade', instance: id, causes: []};
    const causes = reasons.map((reason) =>
      this.#cause(reason, instance, maker.fingerprint, depth + 1),
    );
    return {kind: 'changed', instance: id, causes};
  }

  #digests({instance, output}: OutputRef): readonly Digest[] {
    const artifacts = this.#outputs(instance)?.outputs[output]?.artifacts ?? [];
    return artifacts.map(({digest}) => digest);
  }

  #fingerprint(instance: Instance): Fingerprint {
    return fingerprintOf(instance, (ref) => this.#outputs(ref.instance));
  }

  #outputs(id: InstanceId): Pick<StageRecord, 'outputs'> | undefined {
    return knownOutputs(this.#plan.get(id)!);
  }
}

/** The number of artifacts that two fingerprints have in common, preceded by whether each input has the same number. */
function sharedInputs(was: Fingerprint, now: Fingerprint): number {
  let shared = 0;
  for (const [port, digests] of Object.entries(now.inputs)) {
    const before = ownProperty(was.inputs, port) ?? [];
    const known = new Set(before);
    shared += 2 * digests.filter((digest) => known.has(digest)).length;
    if (before.length === digests.length) shared++;
  }
  return shared;
}

interface ChangedRef {
  readonly ref: OutputRef;
  readonly was: Digest | undefined;
}

function leaf(reason: Reason): Cause {
  return {reason, origins: [], more: 0};
}

function widthOf<T>(reason: Reason, items: readonly T[], origin: (item: T) => Origin): Cause {
  return {
    reason,
    origins: items.slice(0, widest).map(origin),
    more: Math.max(0, items.length - widest),
  };
}
