import type {Pool} from '../cluster.ts';
import type {Submission} from '../engine.ts';
import {allocationName, mebibytes, outputName, timeWord} from './allocation-words.ts';

/**
 * The largest number of members in a submission: Slurm numbers the jobs of an array, and `MaxArraySize` is 1001 unless a
 * site changes it.
 */
export const maxArray = 1001;

/**
 * The words that submit members: an array of equal jobs, each on one node.
 * @param mark the comment by which this submission is told from others of the run
 */
export function sbatchWords(
  {run, pool, members, script, logs, variables}: Submission,
  mark: string,
): readonly string[] {
  return [
    'sbatch',
    '--parsable',
    `--job-name=${allocationName(run)}`,
    `--comment=${mark}`,
    `--array=0-${Math.min(members, maxArray) - 1}`,
    // `--gpus` alone may spread the GPUs of one member over two nodes.
    '--nodes=1',
    '--ntasks=1',
    ...shapeWords(pool),
    '--requeue',
    '--open-mode=append',
    `--output=${logs.replaceAll('%', '%%')}/${outputName('%A_%a')}`,
    `--export=${variables.length === 0 ? 'NIL' : variables.join(',')}`,
    ...pool.extra,
    script,
  ];
}

function shapeWords(pool: Pool): readonly string[] {
  const {gpus, type, cpus, memoryBytes, timeMs, partition, account, constraint} = pool;
  const ofType = type === undefined ? '' : `${type}:`;
  return [
    ...(gpus === 0 ? [] : [`--gpus-per-node=${ofType}${gpus}`]),
    ...(cpus === undefined ? [] : [`--cpus-per-task=${cpus}`]),
    ...(memoryBytes === undefined ? [] : [`--mem=${mebibytes(memoryBytes)}M`]),
    ...(timeMs === undefined ? [] : [`--time=${timeWord(timeMs)}`]),
    ...(partition.length === 0 ? [] : [`--partition=${partition.join(',')}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(constraint === undefined ? [] : [`--constraint=${constraint}`]),
  ];
}

/** Slurm's commands find a cluster by these variables, and are allowed to use it. */
const kept = new Set(['SLURM_CONF', 'SLURM_CONF_SERVER', 'SLURM_JWT']);

/**
 * An environment without the variables that change what Slurm's commands do, or that describe the allocation in which
 * this process runs: members would inherit them.
 */
export function withoutSlurm(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const isOfSlurm = (name: string): boolean =>
    /^(SLURM|SBATCH|SQUEUE|SCANCEL|PMIX?|SPANK)_/.test(name) && !kept.has(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfSlurm(name)));
}
