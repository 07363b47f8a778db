import {membersNeeded, type WorkLeft} from '../../cluster/members-needed.ts';
import type {Cluster, Pool} from '../../cluster/cluster.ts';
import {hasResult, type RunAccount} from '../../journal/run-account.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {planCosts, type PlanCosts} from '../../plan/plan-costs.ts';
import type {Plan} from '../../plan/plan-graph.ts';
import type {Store} from '../../store/layout.ts';
import {keptSpeeds} from '../options/machine-speeds.ts';
import {estimatorOf, loadKnowledge} from '../pipeline/load-estimator.ts';
import type {World} from '../world.ts';

/** Tells how many members a run needs now. Without a run: one that is to begin. */
export type NeedOf = (run?: Pick<RunAccount, 'instances' | 'members'>) => ReadonlyMap<Pool, number>;

/** A plan for a cluster. */
export interface PlanOnCluster {
  readonly graph: InstanceGraph;
  readonly store: Store;
  readonly plan: Plan;
  readonly cluster: Cluster;
}

/** Estimates a plan on a cluster. The speeds of this machine stand for those of the cluster's. */
export async function costsOn(
  {graph, store, plan, cluster}: PlanOnCluster,
  engine: string,
  world: World,
): Promise<PlanCosts> {
  const most = (count: (pool: Pool) => number): number => Math.max(...cluster.pools.map(count));
  const estimator = estimatorOf({
    graph,
    store,
    ...(await loadKnowledge(graph, world)),
    speeds: keptSpeeds(engine, world),
    slots: most(({cpus = 1}) => cpus),
    gpus: () => most(({gpus}) => gpus),
  });
  return planCosts(plan, estimator);
}

/**
 * Tells what is needed for an estimated plan.
 * @param fits the pools that can compute each instance that is to run
 */
export function needOf(
  {plan}: PlanCosts,
  cluster: Cluster,
  fits: ReadonlyMap<InstanceId, readonly Pool[]>,
): NeedOf {
  return (run) =>
    membersNeeded(cluster, {
      plan,
      fits,
      isDone: (id) => hasResult(run?.instances.get(id)),
      ...(run && {now: nowIn(run)}),
    });
}

function nowIn({instances, members}: Parameters<NeedOf>[0] & {}): WorkLeft['now'] & {} {
  const places = new Map<InstanceId, {readonly member: string; readonly pool: string}>();
  for (const {head, standing, pool, running} of members) {
    if (standing !== 'working') continue;
    for (const {id} of running) places.set(id, {member: head.member, pool});
  }
  return {
    hasFailed: (id) => instances.get(id)?.standing === 'failed',
    runsAt: (id) => places.get(id),
  };
}
