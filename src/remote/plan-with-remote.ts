import PQueue from 'p-queue';
import type {InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {planGraph, type Plan} from '../plan/plan-graph.ts';
import type {Store} from '../store/layout.ts';
import type {RemoteCache} from './remote-cache.ts';

/** Requests at a time: a server answers hundreds in a second, if it is not asked one after the other. */
const concurrency = 32;

/**
 * Plans a graph with the results of a remote cache. Results that are found tell the keys of what takes them in, so that
 * the longest chain of them takes as many rounds as it is long.
 */
export async function planWithRemote(
  graph: InstanceGraph,
  store: Store,
  forced: ReadonlySet<InstanceId>,
  cache: RemoteCache | undefined,
): Promise<Plan> {
  for (;;) {
    const plan = planGraph(graph, store, forced, cache?.records);
    if (cache === undefined) return plan;
    const before = cache.records.size;
    const lookups = [...plan.values()].flatMap(({instance, verdict}) => {
      const {key} = verdict.kind === 'run' ? verdict : {key: undefined};
      if (key === undefined || forced.has(instance.id)) return [];
      return [() => cache.find(key, instance.type.contract.outputs)];
    });
    await new PQueue({concurrency}).addAll(lookups);
    if (cache.records.size === before) return plan;
  }
}
