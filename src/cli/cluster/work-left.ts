import {membersNeeded} from '../../cluster/members-needed.ts';
import type {Cluster, Pool} from '../../cluster/cluster.ts';
import type {InstanceAccount} from '../../journal/run-account.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {planCosts} from '../../plan/plan-costs.ts';
import type {Plan} from '../../plan/plan-graph.ts';
import type {Store} from '../../store/layout.ts';
import {keptSpeeds} from '../options/machine-speeds.ts';
import {estimatorOf, loadKnowledge} from '../pipeline/load-estimator.ts';
import type {World} from '../world.ts';

/** Tells how many members the rest of a run needs. */
export type NeedOf = (
  instances: ReadonlyMap<InstanceId, InstanceAccount>,
) => ReadonlyMap<Pool, number>;

/**
 * Estimates a plan on a cluster. The speeds of this machine stand for those of the cluster's.
 * @param fits the pools that can compute each instance that is to run
 */
export async function needOf(
  given: {
    readonly graph: InstanceGraph;
    readonly store: Store;
    readonly plan: Plan;
    readonly cluster: Cluster;
    readonly fits: ReadonlyMap<InstanceId, readonly Pool[]>;
  },
  engine: string,
  world: World,
): Promise<NeedOf> {
  const {graph, store, cluster, fits} = given;
  const most = (count: (pool: Pool) => number): number => Math.max(...cluster.pools.map(count));
  const estimator = estimatorOf({
    graph,
    store,
    ...(await loadKnowledge(graph, world)),
    speeds: keptSpeeds(engine, world),
    slots: most(({cpus = 1}) => cpus),
    gpus: () => most(({gpus}) => gpus),
  });
  const {plan} = planCosts(given.plan, estimator);
  return (instances) =>
    membersNeeded(cluster, {plan, fits, isDone: (id) => isDone(instances.get(id))});
}

function isDone(instance: InstanceAccount | undefined): boolean {
  const standing = instance?.standing;
  return standing === 'finished' || standing === 'hit';
}
