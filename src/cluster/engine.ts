import type {Pool} from './cluster.ts';

/** Asks a cluster for allocations, and knows which there are. Results never depend on what it says. */
export interface ClusterEngine {
  /** Asks for members. If the answer is lost, those that were accepted are found rather than asked for again. */
  submit(submission: Submission): Promise<Submitted>;
  /** The members of a run that wait or run. `undefined`: the cluster does not answer. */
  list(run: string): Promise<readonly QueuedMember[] | undefined>;
  /** Whether a person has cancelled members of a run, as far as the cluster remembers. Absent: it does not tell. */
  wereCancelled?(run: string): Promise<boolean>;
  /** Ends all members of a run at once, the waiting ones included. Gives a sentence if that is refused. */
  cancel(run: string): Promise<string | undefined>;
  /** The command that `submit` runs, for people: its words. */
  commandFor(submission: Submission): readonly string[];
  /** Tells when a submission could start, as a sentence. Absent: the cluster cannot tell. */
  whenFor?(submission: Submission): Promise<string | undefined>;
}

export interface Submission {
  readonly run: string;
  readonly pool: Pool;
  /** Number of members. */
  readonly members: number;
  /** The absolute path of the script that starts a member; it exists. */
  readonly script: string;
  /** The absolute path of the existing folder for what members print. */
  readonly logs: string;
  /** Names of variables of the environment that members need, beside those that the script sets. */
  readonly variables: readonly string[];
}

export type Submitted =
  | {readonly kind: 'submitted'; readonly job: string; readonly members: number}
  /** A limit of the user's: fewer members, or a later time, may be accepted. */
  | {readonly kind: 'limited'; readonly message: string}
  /** The message is a sentence for the user. */
  | {readonly kind: 'refused'; readonly message: string};

export interface QueuedMember {
  /** The name of the allocation, such as `123_4`. */
  readonly job: string;
  readonly state: 'waiting' | 'running';
  /** The cluster's own word for the state, or the reason for waiting. */
  readonly word: string;
}
