import {parseDigest} from '../base/digest.ts';
import {upstreamsOf} from '../pipeline/sub-graph.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/instance.ts';
import {twins} from '../pipeline/twins.ts';
import type {Store} from '../store/layout.ts';
import type {Key, StageRecord} from '../store/record.ts';
import {Records} from '../store/records.ts';
import {decide, decideForced, fingerprintOf} from './decide.ts';
import {explainChange, type PartialFingerprint} from './explain-change.ts';
import {History} from './history.ts';
import type {Reason, Verdict} from './verdict.ts';

export interface Planned {
  readonly instance: Instance;
  readonly verdict: Verdict;
  /** An instance before it whose result will be this one's too, so that there is nothing to do here. */
  readonly sameAs?: InstanceId;
  /** How long something like it took the last time. Absent: not known, or nothing to do. */
  readonly expectedMs?: number;
}

/** What a run would do now, instance by instance in topological order. Writes nothing. */
export type Plan = ReadonlyMap<InstanceId, Planned>;

/**
 * Plans a graph in one pass: time grows with the number of instances and of their inputs.
 * @param forced instances that are to run even if their results are stored, with all that compute the same
 */
export function planGraph(
  graph: InstanceGraph,
  store: Store,
  forced: ReadonlySet<InstanceId> = new Set(),
): Plan {
  return new Planner(store, forced).plan(graph);
}

class Planner {
  readonly #records: Records;
  readonly #forced: ReadonlySet<InstanceId>;
  readonly #history: History;
  readonly #plan = new Map<InstanceId, Planned>();
  /** The instances that will run, by key. */
  readonly #running = new Map<Key, InstanceId>();

  constructor(store: Store, forced: ReadonlySet<InstanceId>) {
    this.#records = new Records(store, {tend: false});
    this.#forced = forced;
    this.#history = new History(store);
  }

  plan(graph: InstanceGraph): Plan {
    const firstOf = twins(graph);
    for (const instance of graph.instances.values()) {
      const verdict = this.#judge(instance);
      const twin = firstOf.get(instance.id)!;
      const sameAs = twin === instance.id ? this.#sharing(instance, verdict) : twin;
      this.#plan.set(instance.id, {
        instance,
        verdict,
        ...(verdict.kind !== 'hit' &&
          (sameAs === undefined ? this.#expectation(instance) : {sameAs})),
      });
    }
    return this.#plan;
  }

  #judge(instance: Instance): Verdict {
    const forced = this.#forced.has(instance.id);
    const pending = upstreamsOf(instance).filter((id) => this.#outputs(id) === undefined);
    if (pending.length > 0) {
      if (forced) return {kind: 'run', reasons: [{kind: 'forced'}]};
      return {
        kind: 'maybe',
        reasons: [...this.#changes(instance), {kind: 'upstream', instances: pending}],
      };
    }
    const fingerprint = fingerprintOf(instance, (ref) => this.#outputs(ref.instance));
    return forced ? decideForced(fingerprint) : decide(fingerprint, this.#records, this.#history);
  }

  /** In what the instance differs from the nearest past one, as far as that is known without its inputs. */
  #changes(instance: Instance): readonly Reason[] {
    const now = partialFingerprint(instance);
    const past = this.#history.nearest(now);
    return past === undefined ? [] : explainChange(past.fingerprint, now);
  }

  /** The instance that will run under the same key, if there is one; otherwise this is the one. */
  #sharing({id}: Instance, verdict: Verdict): InstanceId | undefined {
    if (verdict.kind !== 'run' || verdict.key === undefined) return undefined;
    const earlier = this.#running.get(verdict.key);
    if (earlier === undefined) this.#running.set(verdict.key, id);
    return earlier;
  }

  #expectation(instance: Instance): Pick<Planned, 'expectedMs'> {
    const expectedMs = this.#history.expectedMs(partialFingerprint(instance));
    return expectedMs === undefined ? {} : {expectedMs};
  }

  #outputs(id: InstanceId): Pick<StageRecord, 'outputs'> | undefined {
    return knownOutputs(this.#plan.get(id)!);
  }
}

/** What an instance gives, as far as that is known before the run. */
export function knownOutputs({
  instance,
  verdict,
}: Planned): Pick<StageRecord, 'outputs'> | undefined {
  if (verdict.kind === 'hit') return verdict.record;
  const digest = instance.file === undefined ? undefined : parseDigest(instance.params['sha256']);
  // The bytes of a file of the user's are known even where the store does not have them yet.
  return digest && {outputs: {file: {media: 'file', artifacts: [{digest, sizeBytes: 0}]}}};
}

/** What is known of an instance's fingerprint without its inputs. */
export function partialFingerprint(instance: Instance): PartialFingerprint {
  const {type, version} = instance.type.contract;
  const environment = instance.environment?.identity ?? {};
  return {type, version, params: instance.params, environment};
}
