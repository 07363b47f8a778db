import {quoteWord} from '../base/quote-word.ts';
import type {Cluster, Pool} from './cluster.ts';

/** The exit code of a member whose time is up while there is more to do. */
const timeIsUp = 75;

export interface ScriptSetup {
  /** The member's task: it computes the run, or finds out whether it could. Absent: it computes. */
  readonly command?: 'work' | 'probe';
  /** The file that takes what the script prints. Absent: it goes where the cluster puts it. */
  readonly output?: string;
  readonly run: string;
  /** The absolute path of the store. */
  readonly store: string;
  /** The absolute paths of the Node.js of this process, and of the program that it runs. */
  readonly program: readonly [node: string, main: string];
  /** The environment of this process: members get its `PATH` and `HOME`, and nothing else of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The text of the script that starts a member of a pool, on any engine. It ends as the member does. With Slurm it asks
 * for the same allocation again if the time was up, from outside of the container, where Slurm's commands are.
 */
export function memberScript(cluster: Cluster, pool: Pool, setup: ScriptSetup): string {
  const isSlurm = cluster.engine.kind === 'slurm';
  const member = memberWords(cluster, pool, setup).map(quoteWord).join(' ');
  const lines = [
    // Sites define `module` for login shells only.
    cluster.setup === '' ? '#!/bin/bash' : '#!/bin/bash -l',
    `# Starts a member of the run ${setup.run}.`,
    ...(setup.output === undefined ? [] : [`exec >>${quoteWord(setup.output)} 2>&1`]),
    ...deadlineLines(pool),
    ...environmentLines(cluster, setup),
    ...(cluster.setup === '' ? [] : [cluster.setup.trimEnd()]),
    // Bash takes a signal when the member has ended, and so waits for it to save what it has.
    'asked=',
    'trap "asked=yes" TERM',
    'code=0',
    `${isSlurm ? `${step} ` : ''}${member} || code=$?`,
    'trap - TERM',
    ...(isSlurm ? requeueLines : []),
    'exit "$code"',
  ];
  return `${lines.join('\n')}\n`;
}

/** `sbatch --export` says that programs get no variables: the step gets those of this script all the same. */
const step =
  'srun --ntasks=1 --cpus-per-task="${SLURM_CPUS_PER_TASK:-$SLURM_CPUS_ON_NODE}" --export=ALL --kill-on-bad-exit=0';

/**
 * Slurm ends the script while it sleeps. The last task of an array to start has the number of the whole array as its
 * `SLURM_JOB_ID`, so that a task is named by the array's number and its own.
 */
const requeueLines = [
  `if [ "$code" = ${timeIsUp} ] && [ -z "$asked" ]; then`,
  '  task="${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"',
  '  scontrol requeue "$task" && sleep 300',
  'fi',
];

function memberWords(
  {engine, container, node}: Cluster,
  pool: Pool,
  {command = 'work', run, store, program: [ownNode, main]}: ScriptSetup,
): readonly string[] {
  // The image has a program of its own.
  const program =
    engine.kind === 'kubernetes' && node === undefined ? ['pipeline'] : [node ?? ownNode, main];
  return [...container, ...program, command, run, '--store', store, '--pool', pool.name];
}

/** The end of the allocation in seconds since the epoch, where Slurm does not say so itself. */
function deadlineLines({timeMs}: Pool): readonly string[] {
  if (timeMs === undefined) return [];
  const seconds = Math.floor(timeMs / 1000);
  return [`export SLURM_JOB_END_TIME="\${SLURM_JOB_END_TIME:-$(($(date +%s) + ${seconds}))}"`];
}

function environmentLines({engine}: Cluster, {environment}: ScriptSetup): readonly string[] {
  // An image has its own.
  if (engine.kind === 'kubernetes') return [];
  return ['PATH', 'HOME'].flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [`export ${name}=${quoteWord(value)}`];
  });
}
