import type {QueuedMember} from '../engine.ts';
import type {Answer} from './run-command.ts';

/**
 * The meaning of an answer of `sbatch`. `lost`: it does not say whether the jobs were accepted.
 */
export type Verdict =
  | {readonly kind: 'submitted'; readonly job: string}
  | {readonly kind: 'limited' | 'refused' | 'lost'};

/** Limits of what a user may have in the queue or may ask for in a time, not of the shape of one job. */
const limits =
  /(Max|Grp)Submit\w*Limit|[Jj]ob submit limit|[Rr]ate limit|temporarily unable to accept|Resource temporarily unavailable|Invalid job array specification/;
/** Limits of other kinds, such as `AssocGrpCPUMinutesLimit`: Slurm mentions the submit limit with these, too. */
const otherLimit = /\b(Assoc|QOS|Partition)\w*Limit\b/;
/** The controller has refused, or the command has before it asked, or could not ask. */
const refusals =
  /\(connect failure\)|Batch job submission failed: |allocation failure: |unrecognized option|: [Ii]nvalid /;
/** The command has asked the controller, and did not hear its answer. */
const silence =
  /timed? ?out|[Uu]nable to contact (?!.*\(connect failure\))|[Zz]ero [Bb]ytes|[Cc]onnection |[Cc]ommunication|[Tt]ransport|Unexpected message/;

/** Judges the answer of `sbatch --parsable`, whose standard output may also have lines of the site's. */
export function verdictOf(answer: Answer): Verdict {
  if (answer.kind === 'unstarted') return {kind: 'refused'};
  if (answer.kind === 'late') return {kind: 'lost'};
  const {code, stdout, stderr} = answer;
  if (code === 0) {
    const found = [...stdout.matchAll(/^(\d+)(?:;[\w.-]+)?$/gm)];
    return found.length === 1 ? {kind: 'submitted', job: found[0]![1]!} : {kind: 'lost'};
  }
  if (silence.test(stderr)) return {kind: 'lost'};
  const isSubmitLimit = /(Max|Grp)Submit/.test(stderr) || !otherLimit.test(stderr);
  if (limits.test(stderr) && isSubmitLimit) return {kind: 'limited'};
  return {kind: refusals.test(stderr) ? 'refused' : 'lost'};
}

/** A job of a run, as Slurm's queue has it. */
export interface QueuedJob extends Omit<QueuedMember, 'state'> {
  readonly state: QueuedMember['state'] | 'ended';
  /** The comment of its submission. */
  readonly mark: string;
}

/** The fields of a line of the queue: job, state, reason, comment. */
export const queueFormat = '%i|%T|%r|%k';

const runningStates = new Set([
  'RUNNING',
  'COMPLETING',
  'CONFIGURING',
  'RESIZING',
  'SIGNALING',
  'STAGE_OUT',
  'STOPPED',
  'SUSPENDED',
]);
const waitingStates = new Set([
  'PENDING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
]);

/** Reads the lines of `squeue`; lines of other kinds are ignored. */
export function readQueue(text: string): readonly QueuedJob[] {
  return [...text.matchAll(/^(\d+(?:_\d+)?)\|([A-Z_]+)\|([^|\n]*)\|(.*)$/gm)].map(
    ([, job, state, reason, mark]) => {
      const isWaiting = waitingStates.has(state!);
      const word = isWaiting && reason !== 'None' ? reason! : state!;
      return {job: job!, state: standing(state!), word, mark: mark!};
    },
  );
}

function standing(state: string): QueuedJob['state'] {
  if (waitingStates.has(state)) return 'waiting';
  return runningStates.has(state) ? 'running' : 'ended';
}

/** The time at which `sbatch --test-only` says that a job could start, as a sentence. `undefined`: it does not say. */
export function startOf({stderr}: {readonly stderr: string}): string | undefined {
  const found = /to start at (\d{4}-\d\d-\d\d)T(\d\d:\d\d)\S* using .* on nodes? (\S+)/.exec(
    stderr,
  );
  return found === null
    ? undefined
    : `Slurm could start the first member at ${found[1]} ${found[2]}, on ${found[3]}.`;
}
