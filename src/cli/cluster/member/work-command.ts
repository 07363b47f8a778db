import {readRequest, type RunRequest} from '../../../cluster/request.ts';
import {isRunName} from '../../../journal/run-name.ts';
import {isClosed} from '../../../schedule/membership/run-notes.ts';
import {exitCodes, type ExitCode} from '../../exit-codes.ts';
import {maintainedStore} from '../../named-run.ts';
import {executorFor} from '../../options/devices-for.ts';
import type {World} from '../../world.ts';
import {openKeptCluster} from '../open-cluster.ts';
import {differenceIn} from '../run-surroundings.ts';
import {enterFolder, openRequested} from './open-requested.ts';
import {performWork, type WorkOptions} from './perform-work.ts';

/** `pipeline work RUN`: computes a part of a run on a cluster, as its request says, until nothing is left for it. */
export async function workCommand(
  run: string,
  options: WorkOptions,
  world: World,
): Promise<ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.faults.fault('unfit-run', message);
    return exitCodes.usage;
  };
  if (!isRunName(run)) return refuse(`${run} is not the name of a run.`);
  const store = await maintainedStore(options.store, {writes: true}, world);
  if (typeof store === 'number') return store;
  const found = readRequest(store, run);
  if (found.kind === 'unusable') return refuse(found.message);
  const {request} = found;
  const fault = faultOf(request, run, options, world);
  if (fault !== undefined) return refuse(fault);
  if (isClosed(store, run)) {
    world.stdout.write(`Run ${run} has ended.\n`);
    return exitCodes.ok;
  }
  const cluster = openKeptCluster(store, run, request.cluster, world);
  if (typeof cluster === 'number') return cluster;
  const entered = enterFolder(request.cwd, world);
  if (typeof entered === 'number') return entered;
  const target = await openRequested(request, entered);
  if (typeof target === 'number') return target;
  const difference = differenceIn(request, target.graph, run);
  if (difference !== undefined) return refuse(difference);
  const executor = executorFor(options, entered);
  const {fault: gpuFault} = options.devices === undefined ? {} : await executor.findGpus();
  if (gpuFault !== undefined) return refuse(gpuFault);
  return await performWork({run, store, request, cluster, target, executor, options}, entered);
}

/** The reason why a member cannot take part, as a sentence. */
function faultOf(
  {version, pools}: RunRequest,
  run: string,
  {pool}: WorkOptions,
  world: World,
): string | undefined {
  const own = world.findVersion();
  if (version !== own) {
    return `Run ${run} was submitted by version ${version} of this program, and this is version ${own}: its members must have the same.`;
  }
  if (!Object.hasOwn(pools, pool)) return `Run ${run} has no pool ${pool}.`;
  return undefined;
}
