import path from 'node:path';
import {planGraph, type Plan, type Planned} from '../plan/plan-graph.ts';
import {describeReason} from '../report/describe.ts';
import {formatDuration} from '../report/duration.ts';
import {inspectStore} from '../store/open-store.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import type {PipelineOptions} from './run-cli.ts';
import {openTarget} from './target.ts';
import type {World} from './world.ts';

/** `pipeline plan`: what a run would do now. Writes nothing. */
export async function planCommand(
  words: readonly string[],
  options: PipelineOptions,
  world: World,
): Promise<ExitCode> {
  const opened = await openTarget(words, options, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const inspected = inspectStore(path.resolve(world.cwd, options.store));
  if (inspected.kind === 'unusable') {
    world.stderr.write(`${inspected.message}\n`);
    return exitCodes.storeUnusable;
  }
  const plan = planGraph(opened.target.graph, inspected.store, opened.target.forced);
  world.stdout.write([...plan.values()].map(instanceText).join('') + totalLine(plan));
  return exitCodes.ok;
}

function instanceText({instance, verdict, expectedMs}: Planned): string {
  const time = expectedMs === undefined ? '' : `  (took ${formatDuration(expectedMs)} before)`;
  const line = `${verdict.kind.padEnd(5)}  ${instance.id}${time}\n`;
  if (verdict.kind === 'hit') return line;
  return line + verdict.reasons.map((reason) => `       ${describeReason(reason)}\n`).join('');
}

function totalLine(plan: Plan): string {
  const counts = {hit: 0, run: 0, maybe: 0};
  let workMs = 0;
  let unknown = 0;
  for (const {verdict, expectedMs} of plan.values()) {
    counts[verdict.kind]++;
    if (verdict.kind === 'hit') continue;
    if (expectedMs === undefined) unknown++;
    else workMs += expectedMs;
  }
  const {hit, run, maybe} = counts;
  const known = workMs === 0 ? '' : `; about ${formatDuration(workMs)} of work`;
  const more = unknown === 0 ? '' : `; ${unknown} of unknown duration`;
  return `${hit} hit, ${run} run, ${maybe} maybe${known}${more}.\n`;
}
