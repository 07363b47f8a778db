import path from 'node:path';
import {fitPools} from '../../cluster/fit-pools.ts';
import {keepSources, type RunRequest} from '../../cluster/request.ts';
import {runName} from '../../journal/run-name.ts';
import {planWithRemote} from '../../remote/plan-with-remote.ts';
import {allStored, type Plan} from '../../plan/plan-graph.ts';
import {inspectStore, openStore} from '../../store/open-store.ts';
import type {Store} from '../../store/layout.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {runCommand} from '../pipeline/run-command.ts';
import {openRemote, runRemote} from '../remote/open-remote.ts';
import {refuseUnlocked} from '../pipeline/hold-results.ts';
import {openTarget, type Target} from '../target.ts';
import type {World} from '../world.ts';
import type {ReadProfile} from '../../cluster/profile/read-profile.ts';
import {makeRequest} from './make-request.ts';
import {engineOf, openCluster, storeNameOf} from './open-cluster.ts';
import {showPlanOn, type ShowPlanOptions} from './show-plan-on.ts';
import {submitRun, type WantedRun} from './submit-run.ts';
import {costsOn, needOf} from './work-left.ts';

/**
 * `pipeline run --on CLUSTER`: lets members on a cluster compute a pipeline, and shows the run. What is stored already
 * needs no cluster. Nothing is written or submitted before it is known that the cluster can give what is asked for.
 */
export async function runOnCommand(
  words: readonly string[],
  given: RunOptions & ShowPlanOptions,
  world: World,
): Promise<ExitCode> {
  if (given.on === undefined) {
    const message =
      '--dry-run goes with --on: `pipeline plan` shows what a run of this machine would do';
    return misused(message, world);
  }
  if (given.detach === true && given.notify !== undefined) {
    const message =
      '--notify does not go with --on and --detach, since no process of this machine waits for the end: `pipeline attach RUN --notify …` does';
    return misused(message, world);
  }
  const kept = keepSources();
  const opened = await openTarget(words, {...given, readFile: kept.readFile}, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const {target} = opened;
  const read = await openCluster(given.on, target.file, world);
  if (typeof read === 'number') return read;
  const {remote: profileRemote} = read.cluster;
  const {engine} = target;
  const named = {...given, engine, store: storeNameOf(given, read.cluster)};
  const options = {...named, ...(profileRemote && {profileRemote})};
  const inspected = inspectStore(path.resolve(world.cwd, options.store));
  if (inspected.kind === 'unusable') return unusable(inspected.message, world);
  const {store} = inspected;
  const plan = await planOn({target, store}, options, world);
  if (typeof plan === 'number') return plan;
  const unlocked = refuseUnlocked(plan, world);
  if (unlocked !== undefined) return unlocked;
  const isStored = allStored(plan, target.forced) !== undefined;
  const runHere = async (): Promise<ExitCode> => {
    const {on: _on, dryRun: _dryRun, ...here} = options;
    return await runCommand(words, here, world);
  };
  if (isStored && options.dryRun !== true) return await runHere();
  const asked = {words, target, sources: kept.sources(), read, store, plan};
  const wanted = await wantedRun(asked, options, world);
  if (typeof wanted === 'number') return wanted;
  if (options.dryRun === true) return await showPlanOn(wanted, options, world);
  const made = await openStore(store.root);
  if (made.kind === 'unusable') return unusable(made.message, world);
  const ended = await submitRun({...wanted, store: made.store}, options, world);
  return ended === 'all-stored' ? await runHere() : ended;
}

function misused(message: string, {faults}: World): ExitCode {
  faults.fault('bad-command-line', `error: ${message}`);
  return exitCodes.usage;
}

/** The run that is wanted of a cluster; or the exit code, after it was told what no pool can give. */
async function wantedRun(
  asked: {
    readonly words: readonly string[];
    readonly target: Target;
    readonly sources: RunRequest['sources'];
    readonly read: ReadProfile;
    readonly store: Store;
    readonly plan: Plan;
  },
  options: RunOptions,
  world: World,
): Promise<WantedRun | ExitCode> {
  const {words, target, sources, store, plan} = asked;
  const {cluster, source} = asked.read;
  const {fits, diagnostics} = fitPools({instances: toRun(plan)}, cluster, world.waits.stopBeforeMs);
  if (diagnostics.length > 0) {
    world.faults.diagnostics(diagnostics);
    return exitCodes.invalidPipeline;
  }
  const {graph, forced, file, named} = target;
  const selectors = words.filter((word) => !named.includes(word));
  const request = makeRequest({file, selectors, graph, sources, cluster}, options, world);
  const costs = await costsOn({graph, store, plan, cluster}, options.engine, world);
  const need = needOf(costs, cluster, fits);
  const run = runName(new Date());
  const engine = engineOf(cluster, world);
  return {
    run,
    store,
    request,
    cluster,
    engine,
    graph,
    forced,
    need,
    costs,
    fits,
    profile: source.text,
  };
}

function unusable(message: string, {faults}: World): ExitCode {
  faults.fault('unusable-store', message);
  return exitCodes.storeUnusable;
}

/** What is stored, here or in the remote cache, and what has to run. */
async function planOn(
  {target, store}: {readonly target: Target; readonly store: Store},
  options: RunOptions,
  world: World,
): Promise<Plan | ExitCode> {
  const tell = (line: string): void => world.stderr.write(line);
  const opened = await openRemote(options, tell, world);
  if (typeof opened === 'number') return opened;
  const remote = opened && (await runRemote(opened, {store, tell}, world));
  try {
    return await planWithRemote(target.graph, store, target.forced, remote?.cache);
  } finally {
    remote?.leave();
  }
}

/** The instances that have to run. */
function toRun(plan: Plan): Target['graph']['instances'] {
  const left = [...plan].filter(([, {verdict}]) => verdict.kind !== 'hit');
  return new Map(left.map(([id, {instance}]) => [id, instance]));
}
