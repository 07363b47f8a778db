import type {Instance, InstanceGraph, InstanceId, OutputRef} from '../pipeline/instance.ts';
import type {Store} from '../store/layout.ts';
import type {StageRecord} from '../store/record.ts';
import {Records} from '../store/records.ts';
import {decide, fingerprintOf, type SharedDigests} from './decide.ts';
import {explainChange, type PartialFingerprint} from './explain-change.ts';
import {History} from './history.ts';
import type {Verdict} from './verdict.ts';

export interface Planned {
  readonly instance: Instance;
  readonly verdict: Verdict;
  /** How long something like it took the last time. Absent: not known, or nothing to do. */
  readonly expectedMs?: number;
}

/** What a run would do now, instance by instance in topological order. Writes nothing. */
export type Plan = ReadonlyMap<InstanceId, Planned>;

/** Plans a graph in one pass: time grows with the number of instances and of their inputs. */
export function planGraph(graph: InstanceGraph, store: Store): Plan {
  const past: Past = {
    records: new Records(store, {tend: false}),
    history: new History(store),
    digests: new Map(),
    pending: new Map(),
  };
  const plan = new Map<InstanceId, Planned>();
  for (const instance of graph.instances.values()) {
    const verdict = judge(instance, plan, past);
    const expectedMs =
      verdict.kind === 'hit' ? undefined : past.history.expectedMs(partialFingerprint(instance));
    plan.set(instance.id, {
      instance,
      verdict,
      ...(expectedMs === undefined ? {} : {expectedMs}),
    });
  }
  return plan;
}

interface Past {
  readonly records: Records;
  readonly history: History;
  /** What was found for lists of references, which many instances may share. */
  readonly digests: SharedDigests;
  readonly pending: Map<readonly OutputRef[], readonly InstanceId[]>;
}

function judge(instance: Instance, plan: Plan, past: Past): Verdict {
  const {records, history, digests} = past;
  const pending = pendingOf(instance, plan, past);
  if (pending.length > 0) {
    const now = partialFingerprint(instance);
    const nearest = history.nearest(now);
    const changes = nearest === undefined ? [] : explainChange(nearest.fingerprint, now);
    return {kind: 'maybe', reasons: [...changes, {kind: 'upstream', instances: pending}]};
  }
  const recordOf = ({instance: id}: OutputRef): StageRecord | undefined => {
    const verdict = plan.get(id)?.verdict;
    return verdict?.kind === 'hit' ? verdict.record : undefined;
  };
  return decide(fingerprintOf(instance, recordOf, digests), records, history);
}

/** What an instance takes input from and is not stored, each once. */
function pendingOf(instance: Instance, plan: Plan, past: Past): readonly InstanceId[] {
  const lists = Object.values(instance.inputs)
    .map((refs) => pendingIn(refs, plan, past))
    .filter((ids) => ids.length > 0);
  return lists.length > 1 ? [...new Set(lists.flat())] : (lists[0] ?? []);
}

function pendingIn(refs: readonly OutputRef[], plan: Plan, past: Past): readonly InstanceId[] {
  let pending = past.pending.get(refs);
  if (pending === undefined) {
    const ids = new Set(refs.map(({instance}) => instance));
    pending = [...ids].filter((id) => plan.get(id)?.verdict.kind !== 'hit');
    if (refs.length > 1) past.pending.set(refs, pending);
  }
  return pending;
}

/** What is known of an instance's fingerprint without its inputs. */
export function partialFingerprint(instance: Instance): PartialFingerprint {
  const {type, version} = instance.type.contract;
  const environment = instance.environment?.identity ?? {};
  return {type, version, params: instance.params, environment};
}
