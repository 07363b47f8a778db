import type {Instance, InstanceGraph, InstanceId} from '../pipeline/instance.ts';
import type {Store} from '../store/layout.ts';
import {Records} from '../store/records.ts';
import {decide, fingerprintOf} from './decide.ts';
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
  const past = {records: new Records(store, {tend: false}), history: new History(store)};
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
}

function judge(instance: Instance, plan: Plan, {records, history}: Past): Verdict {
  const upstreams = new Set(
    Object.values(instance.inputs).flatMap((refs) => refs.map((ref) => ref.instance)),
  );
  const pending = [...upstreams].filter((id) => plan.get(id)?.verdict.kind !== 'hit');
  if (pending.length > 0) {
    const now = partialFingerprint(instance);
    const past = history.nearest(now);
    const changes = past === undefined ? [] : explainChange(past.fingerprint, now);
    return {kind: 'maybe', reasons: [...changes, {kind: 'upstream', instances: pending}]};
  }
  const fingerprint = fingerprintOf(instance, ({instance: id}) => {
    const verdict = plan.get(id)?.verdict;
    return verdict?.kind === 'hit' ? verdict.record : undefined;
  });
  return decide(fingerprint, records, history);
}

/** What is known of an instance's fingerprint without its inputs. */
export function partialFingerprint(instance: Instance): PartialFingerprint {
  const {type, version} = instance.type.contract;
  return {type, version, params: instance.params};
}
