import type {Pool} from '../../cluster/cluster.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import {allStored, planGraph, storedRecords} from '../../plan/plan-graph.ts';
import type {PlanCosts} from '../../plan/plan-costs.ts';
import {visibleJson} from '../../base/visible.ts';
import {wrapped, writeWrapped} from '../../report/format/wrapped.ts';
import {nextLines} from '../../report/live/summary.ts';
import {sameAgain, without} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {RunOptions} from '../options/pipeline-options.ts';
import {storeWords} from '../options/store-option.ts';
import type {World} from '../world.ts';
import {attachCommand} from './attach-command.ts';
import type {ClusterRun} from './cluster-run.ts';
import {Crew} from './view/crew.ts';
import {holdSignal} from './view/hold-signal.ts';
import {findSameRun, withRequest} from './find-same-run.ts';
import {startRun} from './start-run.ts';
import {viewRun} from './view/view-run.ts';
import type {NeedOf} from './work-left.ts';

/** A run that is to be started. */
export interface WantedRun extends ClusterRun {
  readonly need: NeedOf;
  /** What it is expected to cost. */
  readonly costs: PlanCosts;
  /** The pools that can compute each instance that is to run. */
  readonly fits: ReadonlyMap<InstanceId, readonly Pool[]>;
  /** The text of the cluster's profile. */
  readonly profile: string;
}

/**
 * Starts a run on a cluster and shows it, or one that goes on and computes the same. `all-stored`: such a run has stored
 * everything since this one was planned, and no other is started.
 */
export async function submitRun(
  wanted: WantedRun,
  options: RunOptions,
  world: World,
): Promise<ExitCode | 'all-stored'> {
  const {store} = wanted;
  await using crew = new Crew(wanted, async () => await Promise.resolve(wanted.need), world);
  const {commandLine} = world;
  const command = sameAgain({...commandLine, words: without('--notify', commandLine.words)});
  const member = await crew.member();
  const begun = await withRequest(wanted, member, async () => {
    const same = await findSameRun(store, wanted.request, crew.engine);
    if (same !== undefined) return {same};
    // Only now: a run that has ended in between has stored its results before.
    if (isAllStored(wanted)) return {isStored: true};
    const members = wanted.need();
    const started = {...wanted, command, members, isDetached: options.detach === true};
    const held = options.detach === true ? undefined : holdSignal(world);
    return {refusal: await startRun(started, crew, member, world), held};
  });
  if (begun.isStored === true) return 'all-stored';
  if (begun.same !== undefined) return await attachTo(begun.same, options, world);
  if (begun.refusal !== undefined) {
    begun.held?.();
    world.faults.fault('unstarted-run', begun.refusal);
    return exitCodes.invalidPipeline;
  }
  if (options.detach !== true)
    return await viewRun(wanted, crew, {...options, earlier: begun.held}, world);
  tellDetached(wanted, options, world);
  return exitCodes.ok;
}

/** Whether everything that was to run is stored by now. What was in the remote cache counts as stored. */
function isAllStored({graph, store, forced, costs}: WantedRun): boolean {
  if (forced.size > 0) return false;
  const records = [...storedRecords(costs.plan).values()];
  const elsewhere = new Map(records.map((record) => [record.key, record]));
  const plan = planGraph(graph, store, forced, elsewhere);
  return allStored(plan, forced) !== undefined;
}

async function attachTo(run: string, options: RunOptions, world: World): Promise<ExitCode> {
  const {store, quiet, json, open, detach, notify} = options;
  if (detach === true) {
    tellDetached({run, cluster: {name: options.on!}}, options, world);
    return exitCodes.ok;
  }
  const told = quiet === true || json === true ? world.stderr : world.stdout;
  if (quiet !== true) writeWrapped(told, `Run ${run} computes the same, and goes on.\n`);
  const asked = {...(quiet && {quiet}), ...(json && {json}), ...(open && {open})};
  const shown = {store, ...asked, ...(notify && {notify})};
  return await attachCommand(run, shown, world);
}

/** Says that a run goes on by itself, and how to come back to it. */
function tellDetached(
  {run, cluster}: {readonly run: string; readonly cluster: {readonly name: string}},
  {store, json, quiet}: RunOptions,
  world: World,
): void {
  const {commandLine, stdout} = world;
  if (json === true) stdout.write(`${visibleJson({run, cluster: cluster.name})}\n`);
  else if (quiet === true) stdout.write(`${run}\n`);
  if (json === true || quiet === true) return;
  const command = (purpose: string, ...words: readonly string[]) => ({
    command: sameAgain({...commandLine, words: [...words, run, ...storeWords(store, world)]}),
    purpose,
  });
  const {columns} = stdout.size();
  const next = nextLines(
    [
      command('show it', 'attach'),
      command('see its state', 'status'),
      command('stop it', 'stop'),
      command('end it at once', 'cancel'),
    ],
    columns,
  );
  const lines = [`Run ${run} goes on on ${cluster.name}.`, ...next];
  stdout.write(wrapped(`${lines.join('\n')}\n`, columns));
}
