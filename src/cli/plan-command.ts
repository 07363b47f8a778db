import path from 'node:path';
import {planGraph} from '../plan/plan-graph.ts';
import {planLine, planText} from '../report/plan-text.ts';
import {inspectStore} from '../store/open-store.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import type {PlanOptions} from './run-cli.ts';
import {openTarget} from './target.ts';
import type {World} from './world.ts';

/** `pipeline plan`: what a run would do now. Writes nothing. */
export async function planCommand(
  words: readonly string[],
  options: PlanOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, options, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const inspected = inspectStore(path.resolve(world.cwd, options.store));
  if (inspected.kind === 'unusable') {
    world.stderr.write(`${inspected.message}\n`);
    return exitCodes.storeUnusable;
  }
  const {graph, forced} = opened.target;
  const plan = planGraph(graph, inspected.store, forced);
  if (options.json === true) {
    for (const planned of plan.values()) world.stdout.write(planLine(planned));
    return exitCodes.ok;
  }
  world.stdout.write(planText(plan, {all: options.all ?? false, slots: world.cores}));
  return exitCodes.ok;
}
