import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Pool} from '../../cluster/cluster.ts';
import {poolNeeds, type PoolNeed} from '../../cluster/members-needed.ts';
import {longestChain} from '../../plan/longest-chain.ts';
import {planOnJson, planOnText, type PoolPlan} from '../../report/text/plan-on-text.ts';
import {planLine, planText} from '../../report/text/plan-text.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';
import {engineTitle, scriptOf, submissionOf} from './cluster-run.ts';
import type {WantedRun} from './submit-run.ts';

export interface ShowPlanOptions {
  /** Whether every instance is shown on a line of its own. */
  readonly all?: true;
  readonly json?: true;
}

/**
 * `plan --on CLUSTER` and `run --on CLUSTER --dry-run`: shows what a run would do, and what the cluster would be asked for.
 * Writes nothing into the store.
 */
export async function showPlanOn(
  wanted: WantedRun,
  options: ShowPlanOptions,
  world: World,
): Promise<ExitCode> {
  const {cluster, costs, fits} = wanted;
  const {plan} = costs;
  const needs = poolNeeds(cluster, {plan, fits, isDone: () => false});
  const pools = await Promise.all(
    Array.from(needs, async ([pool, need]) => await planPool({pool, need}, wanted, world)),
  );
  const chain = longestChain(plan);
  const planOn = {cluster: cluster.name, costs, pools, ...(chain && {chain})};
  const {stdout} = world;
  if (options.json === true) {
    for (const planned of plan.values()) stdout.write(planLine(planned));
    stdout.write(planOnJson(planOn));
  } else {
    stdout.write(planText(plan, {all: options.all ?? false}) + planOnText(planOn));
  }
  return exitCodes.ok;
}

async function planPool(
  {pool, need}: {readonly pool: Pool; readonly need: PoolNeed},
  wanted: WantedRun,
  world: World,
): Promise<PoolPlan> {
  const submission = submissionOf(wanted, pool, need.members);
  const script = scriptOf(wanted, pool, world);
  const folder = await mkdtemp(path.join(tmpdir(), 'distillery-plan-'));
  try {
    // Who asks when it could start has to show the script, which is in no store yet.
    const shown = path.join(folder, path.basename(submission.script));
    await writeFile(shown, script, {mode: 0o700});
    const start = await startOf({...submission, script: shown}, wanted);
    return {pool, need, start, script, command: wanted.engine.commandFor(submission)};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

/** When a submission could start, or that the cluster does not tell. */
async function startOf(
  submission: Parameters<WantedRun['engine']['commandFor']>[0],
  {engine, cluster}: WantedRun,
): Promise<string> {
  const title = engineTitle(cluster);
  if (engine.whenFor === undefined) return `${title} cannot tell when the first could start.`;
  return (await engine.whenFor(submission)) ?? `${title} does not tell when the first could start.`;
}
