import {existsSync} from 'node:fs';
import type {Digest} from '../base/digest.ts';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import type {Plan} from '../plan/plan-graph.ts';
import {blobPath, type Store} from '../store/layout.ts';

/**
 * The number of bytes that a run would fetch from a remote cache: what instances that may run take in, and results.
 * @param results the outputs that are the run's results, by instance
 */
export function bytesToFetch(
  {graph, plan, store}: {readonly graph: InstanceGraph; readonly plan: Plan; readonly store: Store},
  results: ReadonlyMap<InstanceId, readonly string[]>,
): number {
  const sizes = new Map<Digest, number>();
  const need = (id: InstanceId, output: string): void => {
    const verdict = plan.get(id)?.verdict;
    if (verdict?.kind !== 'hit' || verdict.isElsewhere !== true) return;
    for (const {digest, sizeBytes} of verdict.record.outputs[output]?.artifacts ?? []) {
      if (!existsSync(blobPath(store, digest))) sizes.set(digest, sizeBytes);
    }
  };
  for (const instance of graph.instances.values()) {
    if (plan.get(instance.id)?.verdict.kind === 'hit') continue;
    for (const refs of Object.values(instance.inputs)) {
      for (const ref of refs) need(ref.instance, ref.output);
    }
  }
  for (const [id, outputs] of results) for (const output of outputs) need(id, output);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
