import {parseDigest, type Digest} from '../base/digest.ts';
import {ownProperty} from '../base/own-property.ts';
import {
  surroundingsOf,
  type Instance,
  type InstanceGraph,
  type InstanceId,
  type OutputRef,
} from '../pipeline/graph/instance.ts';
import {firstOfDuplicates} from '../pipeline/graph/duplicates.ts';
import {hasCheckpoint} from '../store/checkpoints.ts';
import type {Store} from '../store/layout.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import {Records} from '../store/records/records.ts';
import type {Expected} from './expected.ts';
import {decide, decideForced, fingerprintOf, outputDigests, type SharedDigests} from './decide.ts';
import {explainChange, type PartialFingerprint} from './explain-change.ts';
import {afterReason, isLower, lowerIn, valueOf} from './going-on.ts';
import {History} from './history.ts';
import {LowerInstances} from './lower-instances.ts';
import type {Reason, Verdict} from './verdict.ts';

export interface Planned {
  readonly instance: Instance;
  readonly verdict: Verdict;
  /** An earlier instance with the same key, whose result will be this one's too. */
  readonly sameAs?: InstanceId;
  /** Its expected duration. Absent: not known or not asked for, or nothing to do. */
  readonly expected?: Expected;
}

/** What a run would do now, instance by instance in topological order. Writes nothing. */
export type Plan = ReadonlyMap<InstanceId, Planned>;

/** The records of what is stored already. */
export function storedRecords(plan: Plan): ReadonlyMap<InstanceId, StageRecord> {
  return new Map(
    [...plan].flatMap(([id, {verdict}]) => (verdict.kind === 'hit' ? [[id, verdict.record]] : [])),
  );
}

/** The records of all instances. Absent: something has to run. */
export function allStored(
  plan: Plan,
  forced: ReadonlySet<InstanceId>,
): ReturnType<typeof storedRecords> | undefined {
  const records = storedRecords(plan);
  return records.size === plan.size && forced.size === 0 ? records : undefined;
}

/**
 * Plans a graph: the time is linear in the number of instances and of their inputs, but each of those that go on from each
 * other is compared with the others.
 * @param forced instances that run even if their results are stored, together with all that have the same key
 * @param elsewhere records of results that other machines have made, whose bytes can be had
 */
export function planGraph(
  graph: InstanceGraph,
  store: Store,
  forced: ReadonlySet<InstanceId> = new Set(),
  elsewhere?: ReadonlyMap<Key, StageRecord>,
): Plan {
  return new Planner(graph, new Records(store, {tend: false, elsewhere}), {store, forced}).plan();
}

class Planner {
  readonly #graph: InstanceGraph;
  readonly #records: Records;
  readonly #forced: ReadonlySet<InstanceId>;
  readonly #store: Store;
  readonly #history: History;
  readonly #lowers: LowerInstances;
  readonly #plan = new Map<InstanceId, Planned>();
  /** The instances that will run, by key. */
  readonly #running = new Map<Key, InstanceId>();
  /** Digests found for lists of references, which many instances may share. */
  readonly #digests: SharedDigests = new Map();
  readonly #pending = new Map<readonly OutputRef[], readonly InstanceId[]>();
  #duplicates: ReadonlyMap<InstanceId, InstanceId> | undefined;

  constructor(
    graph: InstanceGraph,
    records: Records,
    {store, forced}: {readonly store: Store; readonly forced: ReadonlySet<InstanceId>},
  ) {
    this.#graph = graph;
    this.#records = records;
    this.#forced = forced;
    this.#store = store;
    this.#history = new History(store);
    this.#lowers = new LowerInstances(graph);
  }

  plan(): Plan {
    const {instances} = this.#graph;
    return this.#records.whileSurveyed(instances.size, () => {
      this.#judgeAll(instances);
      this.#putInOrder();
      return this.#plan;
    });
  }

  #judgeAll(instances: InstanceGraph['instances']): void {
    for (const instance of instances.values()) {
      const verdict = this.#judge(instance);
      const sameAs = verdict.kind === 'hit' ? undefined : this.#sameAs(instance, verdict);
      this.#plan.set(instance.id, {instance, verdict, ...(sameAs !== undefined && {sameAs})});
    }
  }

  /** Names what an instance goes on from where that will run first. */
  #putInOrder(): void {
    const willRun = (id: InstanceId): boolean => this.#plan.get(id)!.verdict.kind !== 'hit';
    for (const [id, planned] of this.#plan) {
      const {instance, verdict} = planned;
      if (verdict.kind === 'hit') continue;
      const lower = this.#lowers.awaitedBy(instance, verdict.reasons, willRun);
      if (lower === undefined || this.#hasCheckpoint(verdict)) continue;
      const reasons = [...verdict.reasons.flatMap(comparedWith(lower)), afterReason(lower)];
      this.#plan.set(id, {...planned, verdict: {...verdict, reasons}});
    }
  }

  /** Whether it goes on from there, whatever else there is. */
  #hasCheckpoint(verdict: Verdict): boolean {
    return (
      verdict.kind === 'run' && verdict.key !== undefined && hasCheckpoint(this.#store, verdict.key)
    );
  }

  #judge(instance: Instance): Verdict {
    const forced = this.#forced.has(instance.id);
    const pending = this.#pendingOf(instance);
    if (pending.length > 0) {
      if (forced) return {kind: 'run', reasons: [{kind: 'forced'}]};
      return this.#judgePending(instance, pending);
    }
    const recordOf = (ref: OutputRef): Pick<StageRecord, 'outputs'> | undefined =>
      this.#outputs(ref.instance);
    const fingerprint = fingerprintOf(instance, recordOf, this.#digests);
    if (forced) return decideForced(fingerprint);
    return decide(instance, fingerprint, {records: this.#records, history: this.#history});
  }

  /**
   * The verdict on an instance of which some inputs will be made first: it may be stored with the inputs that they turn out to be, unless
   * every stored result differs in something else.
   */
  #judgePending(instance: Instance, pending: readonly InstanceId[]): Verdict {
    const upstream: Reason = {kind: 'upstream', instances: pending};
    const now = partialFingerprint(instance);
    const past = this.#history.nearest(now);
    if (past === undefined) return {kind: 'run', reasons: [{kind: 'never-run'}]};
    const reasons = [...explainChange(past.fingerprint, now), upstream];
    return {kind: this.#canBeStored(instance, now) ? 'maybe' : 'run', reasons};
  }

  /** Whether a stored result may turn out to be the instance's. */
  #canBeStored(instance: Instance, known: PartialFingerprint): boolean {
    const alike = this.#history.alike(known);
    if (alike === undefined) return true;
    return alike.some(
      ({key, fingerprint}) =>
        this.#isSameSoFar(instance, fingerprint) && this.#records.find(key).kind !== 'none',
    );
  }

  /** Whether the inputs of an instance that are known are those of a stored result. */
  #isSameSoFar({inputs}: Instance, past: Fingerprint): boolean {
    return Object.entries(inputs).every(([port, refs]) => {
      if (this.#pendingIn(refs).length > 0) return true;
      const before = ownProperty(past.inputs, port) ?? [];
      const now = this.#digestsOf(refs);
      return before.length === now.length && before.every((digest, at) => digest === now[at]);
    });
  }

  #digestsOf(refs: readonly OutputRef[]): readonly Digest[] {
    let digests = refs.length > 1 ? this.#digests.get(refs) : undefined;
    if (digests === undefined) {
      digests = refs.flatMap((ref) => outputDigests(ref, this.#outputs(ref.instance)));
      if (refs.length > 1) this.#digests.set(refs, digests);
    }
    return digests;
  }

  /** The upstreams of an instance that are not stored, without duplicates. */
  #pendingOf({inputs}: Instance): readonly InstanceId[] {
    const lists = Object.values(inputs)
      .map((refs) => this.#pendingIn(refs))
      .filter((ids) => ids.length > 0);
    return lists.length > 1 ? [...new Set(lists.flat())] : (lists[0] ?? []);
  }

  #pendingIn(refs: readonly OutputRef[]): readonly InstanceId[] {
    let pending = this.#pending.get(refs);
    if (pending === undefined) {
      const ids = new Set(refs.map(({instance}) => instance));
      pending = [...ids].filter((id) => this.#outputs(id) === undefined);
      if (refs.length > 1) this.#pending.set(refs, pending);
    }
    return pending;
  }

  #sameAs(instance: Instance, verdict: Verdict): InstanceId | undefined {
    this.#duplicates ??= firstOfDuplicates(this.#graph);
    const first = this.#duplicates.get(instance.id)!;
    return first === instance.id ? this.#sharing(instance, verdict) : first;
  }

  /** The first instance that will run under the same key, if it is not this one. */
  #sharing({id}: Instance, verdict: Verdict): InstanceId | undefined {
    if (verdict.kind !== 'run' || verdict.key === undefined) return undefined;
    const earlier = this.#running.get(verdict.key);
    if (earlier === undefined) this.#running.set(verdict.key, id);
    return earlier;
  }

  #outputs(id: InstanceId): Pick<StageRecord, 'outputs'> | undefined {
    return knownOutputs(this.#plan.get(id)!);
  }
}

/** The outputs of an instance, as far as they are known before the run. */
export function knownOutputs({
  instance,
  verdict,
}: Planned): Pick<StageRecord, 'outputs'> | undefined {
  if (verdict.kind === 'hit') return verdict.record;
  const digest = instance.file === undefined ? undefined : parseDigest(instance.params['sha256']);
  // The bytes of a user's file are known even if the store does not have them yet.
  return digest && {outputs: {file: {media: 'file', artifacts: [{digest, sizeBytes: 0}]}}};
}

/** Makes reasons those of an instance that goes on from the result of another, and is compared with that. */
function comparedWith(lower: Instance): (reason: Reason) => readonly Reason[] {
  const {by} = lower.type.contract.goesOn!;
  return (reason) => {
    if (isLower(reason)) return [];
    const isOfBy = reason.kind === 'param-changed' && reason.pointer === `/${by}`;
    return [isOfBy ? {...reason, was: valueOf(lower)} : reason];
  };
}

/** The instance after which this one will run, to go on from its result. */
export function runsAfter({verdict}: Planned): InstanceId | undefined {
  const lower = verdict.kind === 'hit' ? undefined : lowerIn(verdict.reasons);
  return lower?.kind === 'goes-on-after' ? lower.instance : undefined;
}

/** The part of an instance's fingerprint that is known without its inputs. */
export function partialFingerprint(instance: Instance): PartialFingerprint {
  const {type, version} = instance.type.contract;
  const environment = surroundingsOf(instance);
  const {params, engine} = instance;
  const {plugin} = instance.type;
  return {
    type,
    version,
    ...(plugin && {code: plugin.identity}),
    params,
    environment,
    ...(engine && {engine}),
  };
}
