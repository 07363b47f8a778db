import type {Pool} from '../../../cluster/cluster.ts';
import {formatLimit} from '../../../report/format/duration.ts';
import {note, right, wrong, type Observation} from './observation.ts';

/** Judges what `scontrol show config` prints. */
export function judgeSlurm(config: string, pools: readonly Pool[]): readonly Observation[] {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(config)?.[1];
  return [
    judgeRequeue(value('JobRequeue')),
    ...judgeArrays(Number(value('MaxArraySize')), pools),
    ...judgeKillWait(Number(value('KillWait'))),
  ];
}

function judgeRequeue(requeue: string | undefined): Observation {
  if (requeue === '1') return right('Slurm requeues jobs (JobRequeue is 1).');
  return note(
    `Slurm does not requeue jobs unless they ask for it (JobRequeue is ${requeue ?? 'not told'}). Members do.`,
  );
}

function judgeArrays(maxArraySize: number, pools: readonly Pool[]): readonly Observation[] {
  if (Number.isNaN(maxArraySize)) return [];
  const large = pools.filter(({max}) => max > maxArraySize).map(({name}) => name);
  const limit = `An array of jobs has at most ${maxArraySize.toLocaleString('en')} (MaxArraySize)`;
  if (large.length === 0) return [right(`${limit}; no pool has more members.`)];
  return [note(`${limit}: a run begins with so many members of ${large.join(', ')}.`)];
}

/** Slurm tells a job that it is preempted or cancelled, and ends it so many seconds later. */
function judgeKillWait(seconds: number): readonly Observation[] {
  if (Number.isNaN(seconds)) return [];
  return [
    note(
      `Stages have ${formatLimit(1000 * seconds)} to save a checkpoint when a member is cancelled (KillWait), and so when it is preempted unless its partition has a GraceTime.`,
    ),
  ];
}

/** Judges what `scontrol show job` prints about a member. */
export function judgeJob(description: string): readonly Observation[] {
  const requeue = /\bRequeue=(\d)/.exec(description)?.[1];
  if (requeue === undefined) return [];
  if (requeue === '1') return [right('Slurm would requeue the member.')];
  return [
    wrong(
      'Slurm would not requeue the member, although it has asked for it: when its time is up, or after it is preempted, nobody goes on but the process that shows the run. Ask the administrators for a partition or QOS with requeueing.',
    ),
  ];
}
