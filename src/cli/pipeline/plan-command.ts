import {planCosts} from '../../plan/plan-costs.ts';
import type {Plan} from '../../plan/plan-graph.ts';
import {bytesToFetch} from '../../remote/bytes-to-fetch.ts';
import type {RemoteCache} from '../../remote/remote-cache.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {resultOutputs} from '../../journal/collect-results.ts';
import {planWithRemote} from '../../remote/plan-with-remote.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {costText, totalJson, type EstimatedPlan} from '../../report/text/cost-text.ts';
import {planLine, planText} from '../../report/text/plan-text.ts';
import {asksForDevice, type Machine} from '../../schedule/device-request.ts';
import type {Executor} from '../../schedule/executor.ts';
import {estimate} from '../../schedule/estimates/estimate.ts';
import type {Store} from '../../store/layout.ts';
import {executorFor} from '../options/devices-for.ts';
import {keptSpeeds, measureSpeeds} from '../options/machine-speeds.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {findShortages} from '../options/find-shortages.ts';
import type {PlanOptions} from '../options/pipeline-options.ts';
import {openRemote, runRemote} from '../remote/open-remote.ts';
import {openTarget} from '../target.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {refuseUnlocked} from './hold-results.ts';
import {estimatorOf, loadKnowledge} from './load-estimator.ts';

/**
 * `pipeline plan`: shows what a run would do now, how long it would take, and whether it would refuse to run for lack of
 * devices. Writes nothing into the store.
 */
export async function planCommand(
  words: readonly string[],
  given: PlanOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, given, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const options = {...given, engine: opened.target.engine};
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const {graph, forced} = opened.target;
  const tell = (line: string): void => world.stderr.write(line);
  const remote = await openRemote(options, tell, world);
  if (typeof remote === 'number') return remote;
  const cache = remote && (await runRemote(remote, {store, tell}, world)).cache;
  const decided = await planWithRemote(graph, store, forced, cache);
  const unlocked = refuseUnlocked(decided, world);
  if (unlocked !== undefined) return unlocked;
  const executor = executorFor(options, world);
  const machine = await machineFor(decided, executor, world);
  const estimated = await estimatePlan({graph, plan: decided, store, machine}, options, world);
  const {plan} = estimated.costs;
  if (options.json === true) {
    for (const planned of plan.values()) world.stdout.write(planLine(planned));
    world.stdout.write(totalJson(estimated));
  } else {
    const fetched = cache === undefined ? '' : fetchLine({graph, plan, store}, cache);
    world.stdout.write(planText(plan, {all: options.all ?? false}) + costText(estimated) + fetched);
  }
  const shortages = await findShortages({graph}, () => plan, {
    executor,
    searched: world.environment['PATH'],
  });
  if (shortages.length === 0) return exitCodes.ok;
  world.faults.diagnostics(shortages);
  return exitCodes.invalidPipeline;
}

/** Says in one line how much a run would fetch. */
function fetchLine(
  planned: Parameters<typeof bytesToFetch>[0],
  {title, tally}: RemoteCache,
): string {
  const bytes = formatBytes(bytesToFetch(planned, resultOutputs(planned.graph)));
  const hits = tally.hits === 1 ? '1 result is' : `${tally.hits} results are`;
  return `${hits} in ${title}: a run would fetch ${bytes}.\n`;
}

interface Decided {
  readonly graph: InstanceGraph;
  readonly plan: Plan;
  readonly store: Store;
  readonly machine: Machine;
}

/** Measures the speed of this machine if the estimate needs it, it never was and the user does not forbid it. */
async function estimatePlan(
  {graph, plan, store, machine}: Decided,
  {engine, calibrate}: PlanOptions,
  world: World,
): Promise<EstimatedPlan> {
  const hasWork = [...plan.values()].some(({verdict}) => verdict.kind !== 'hit');
  const {models, found} = await loadKnowledge(graph, world, hasWork);
  const {slots, gpus} = machine;
  const given = {graph, store, models, found, slots, gpus: () => gpus};
  let speeds = keptSpeeds(engine, world);
  let costs = planCosts(plan, estimatorOf({...given, speeds}));
  if (calibrate && costs.bases.includes('usual-speeds')) {
    speeds = await measureSpeeds(engine, world);
    costs = planCosts(plan, estimatorOf({...given, speeds}));
  }
  return {costs, estimate: estimate(graph, costs.plan, machine), machine, models};
}

/** The devices for an estimate; GPUs are looked for only if an instance would use one. */
async function machineFor(plan: Plan, executor: Executor, {memoryBytes}: World): Promise<Machine> {
  const asks = [...plan.values()].some(
    ({instance, verdict}) => verdict.kind !== 'hit' && asksForDevice(instance.resources),
  );
  const gpus = asks ? (await executor.findGpus()).gpus.length : 0;
  return {slots: executor.capacity('cpu'), gpus, memoryBytes};
}
