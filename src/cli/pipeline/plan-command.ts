import type {CostModels} from '../../contract/cost.ts';
import {planCosts} from '../../plan/plan-costs.ts';
import {planGraph, type Plan} from '../../plan/plan-graph.ts';
import {costText} from '../../report/text/cost-text.ts';
import {planLine, planText} from '../../report/text/plan-text.ts';
import {asksForDevice} from '../../schedule/device-request.ts';
import type {Devices} from '../../executors/local/devices.ts';
import type {Machine} from '../../schedule/estimate.ts';
import {devicesFor} from '../options/devices-for.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {findShortages} from '../options/find-shortages.ts';
import type {PlanOptions} from '../options/pipeline-options.ts';
import {openTarget} from '../target.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';

/**
 * `pipeline plan`: shows what a run would do now, and whether it would refuse to run for lack of devices. Writes
 * nothing.
 */
export async function planCommand(
  words: readonly string[],
  options: PlanOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, options, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const {graph, forced} = opened.target;
  const {loadCosts} = (await import(world.registryModule)) as {
    readonly loadCosts?: () => Promise<CostModels>;
  };
  const models = await loadCosts?.();
  const decided = planGraph(graph, store, forced);
  const costs = models && planCosts(decided, models, store);
  const plan = costs?.plan ?? decided;
  const devices = devicesFor(options, world);
  if (options.json === true) {
    for (const planned of plan.values()) world.stdout.write(planLine(planned));
  } else {
    const machine = await machineFor(plan, devices);
    world.stdout.write(planText(plan, {all: options.all ?? false, machine}));
    if (costs !== undefined) world.stdout.write(costText(costs));
  }
  const shortages = await findShortages({graph}, () => plan, {
    devices,
    searched: world.environment['PATH'],
  });
  if (shortages.length === 0) return exitCodes.ok;
  world.faults.diagnostics(shortages);
  return exitCodes.invalidPipeline;
}

/** The devices for an estimate; GPUs are looked for only if an instance would use one. */
async function machineFor(plan: Plan, devices: Devices): Promise<Machine> {
  const asks = [...plan.values()].some(
    ({instance, verdict}) => verdict.kind !== 'hit' && asksForDevice(instance.resources),
  );
  const gpus = asks ? (await devices.findGpus()).gpus.length : 0;
  return {slots: devices.slots, gpus};
}
