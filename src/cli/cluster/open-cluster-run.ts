import {fitPools} from '../../cluster/fit-pools.ts';
import {readRequest} from '../../cluster/request.ts';
import {planGraph} from '../../plan/plan-graph.ts';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import type {ClusterRun} from './cluster-run.ts';
import {openRequested} from './member/open-requested.ts';
import {engineOf, openKeptCluster} from './open-cluster.ts';
import {costsOn, needOf, type NeedOf} from './work-left.ts';

/** A run on a cluster that another process has started, as its request describes it; or the exit code after a fault. */
export async function openClusterRun(
  store: Store,
  run: string,
  world: World,
): Promise<(ClusterRun & {readonly loadNeed: () => Promise<NeedOf>}) | ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unfit-run', message);
    return exitCodes.usage;
  };
  const found = readRequest(store, run);
  if (found.kind === 'unusable') return refuse(found.message);
  const {request} = found;
  if (request.version !== world.findVersion()) {
    return refuse(
      `Run ${run} was submitted by version ${request.version} of this program, and this is ${world.findVersion()}. Its state: pipeline status ${run}`,
    );
  }
  const cluster = openKeptCluster(store, run, request.cluster, world);
  if (typeof cluster === 'number') return cluster;
  const target = await openRequested(request, world);
  if (typeof target === 'number') return target;
  const {graph, forced} = target;
  const loadNeed = async (): Promise<NeedOf> => {
    const plan = planGraph(graph, store, forced);
    const {fits} = fitPools(graph, cluster, world.waits.stopBeforeMs);
    const costs = await costsOn({graph, store, plan, cluster}, request.args.engine, world);
    return needOf(costs, cluster, fits);
  };
  const engine = engineOf(cluster, world);
  return {run, store, request, cluster, engine, graph, forced, loadNeed};
}
