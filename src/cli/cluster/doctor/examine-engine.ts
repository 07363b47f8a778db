import type {Cluster, ClusterEngineConfig} from '../../../cluster/cluster.ts';
import type {ClusterEngine} from '../../../cluster/engine.ts';
import {runCommand, whyFailed} from '../../../cluster/engines/run-command.ts';
import {withoutSlurm} from '../../../cluster/engines/slurm-words.ts';
import {searchProgram} from '../../../worker/find-program.ts';
import type {World} from '../../world.ts';
import {engineTitle} from '../cluster-run.ts';
import {judgeJob, judgeSlurm} from './judge-slurm.ts';
import {note, right, wrong, type Observation} from './observation.ts';

/**
 * Finds out whether the commands of a cluster are there and answer, and what it says about its limits.
 * @param run a name that no run has
 */
export async function examineEngine(
  cluster: Cluster,
  {engine, run}: {readonly engine: ClusterEngine; readonly run: string},
  world: World,
): Promise<readonly Observation[]> {
  const programs = programsOf(cluster.engine);
  const missing = await missingOf(programs, world);
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'no program' : 'no programs';
    return [
      wrong(
        `There is ${what} ${missing.join(', ')} on the PATH of this machine: submit from one that has them, such as a login node of the cluster.`,
      ),
    ];
  }
  const names = programs.join(', ');
  if ((await engine.list(run)) === undefined) {
    return [
      wrong(
        `${engineTitle(cluster)} does not answer, although ${names} can be started here: nobody could ask for members now.`,
      ),
    ];
  }
  const answers = right(`${engineTitle(cluster)} answers; it is asked by ${names}.`);
  return [answers, ...(await examineLimits(cluster, world))];
}

/** Judges what a cluster says about one of its allocations. */
export async function examineJob(
  {engine}: Cluster,
  job: string,
  world: World,
): Promise<readonly Observation[]> {
  if (engine.kind !== 'slurm') return [];
  const told = await ask(['scontrol', 'show', 'job', job], world);
  return typeof told === 'string' ? judgeJob(told) : [note(told.why)];
}

async function examineLimits(
  {engine, pools}: Cluster,
  world: World,
): Promise<readonly Observation[]> {
  if (engine.kind !== 'slurm') return [];
  const told = await ask(['scontrol', 'show', 'config'], world);
  return typeof told === 'string' ? judgeSlurm(told, pools) : [note(told.why)];
}

/** The time that a command has, in milliseconds: Slurm's own limit is 10 s for each of a few attempts. */
const limitMs = 60_000;

/** The output of a command of Slurm's, or the reason of its failure as a sentence. */
async function ask(
  words: readonly string[],
  {environment}: World,
): Promise<string | {readonly why: string}> {
  const answer = await runCommand(words, {environment: withoutSlurm(environment), limitMs});
  if (answer.kind === 'ended' && answer.code === 0) return answer.stdout;
  return {why: whyFailed(words, answer)};
}

/** The programs by which members are asked for, listed and cancelled. */
function programsOf(engine: ClusterEngineConfig): readonly string[] {
  switch (engine.kind) {
    case 'slurm':
      return ['sbatch', 'squeue', 'scancel', 'scontrol'];
    case 'command':
      return [
        ...new Set([engine.submit, engine.list, engine.cancel].flatMap(([name]) => name ?? [])),
      ];
    case 'ssh':
      return ['ssh'];
    case 'kubernetes':
      return ['kubectl'];
  }
}

async function missingOf(
  programs: readonly string[],
  {environment, cwd}: World,
): Promise<readonly string[]> {
  const place = {searched: environment['PATH'], folder: cwd};
  const found = await Promise.all(programs.map((name) => searchProgram(name, place)));
  return programs.filter((_, index) => found[index]!.kind === 'missing');
}
