import type {FailureCause, Job, News, Outcome} from '../worker/protocol.ts';
import type {DeviceRequest, DeviceToken} from './device-request.ts';

/**
 * Where the instances of one run are computed. The scheduler decides what starts when, and knows of processes, machines
 * and devices only what is here; the implementations lie in `src/executors`.
 */
export interface Executor {
  /** How many devices of a kind there are, in use or not. There is no GPU before they have been found. */
  capacity(kind: DeviceRequest['kind']): number;
  /** Finds the GPUs. Called when the first instance asks for one. Never rejects. */
  findGpus(): Promise<FoundGpus>;
  /** Takes all of a request at once, or nothing. */
  acquire(request: DeviceRequest): Acquired;
}

/** The GPUs that instances can have, and why it is these. */
export interface FoundGpus {
  /** What events call them, without `gpu:`. */
  readonly gpus: readonly string[];
  /** A sentence each. */
  readonly why: readonly string[];
  /** Something is not as a user would expect. */
  readonly isOdd: boolean;
}

export type Acquired =
  | {readonly kind: 'granted'; readonly grant: Grant}
  /** Others of this run have to end first. */
  | {readonly kind: 'short'}
  /** Others than this run hold what is wanted. They do not tell when they have given it back. */
  | {readonly kind: 'held'; readonly by: readonly Holder[]};

/** Who holds a device. */
export interface Holder {
  readonly kind: 'process';
  readonly pid: number;
}

/** What an instance holds while it runs. */
export interface Grant {
  readonly devices: readonly DeviceToken[];
  /** Whether there are GPUs among them. */
  readonly hasGpu: boolean;
  /** Has a job done on these devices. Where nothing could be started, the worker given is one that has failed. */
  start(setup: JobSetup): Promise<Worker>;
  /** Gives the devices back, once the worker has ended. */
  release(): void;
}

/** What a worker is given. */
export interface JobSetup {
  readonly job: Job;
  /** Absolute path of the file that everything is appended to which the job prints. */
  readonly logFile: string;
  /** Called for every message that is not the outcome. */
  readonly onMessage: (message: News) => void;
}

/** What does one job. */
export interface Worker {
  /** How it ended; never rejects. One that ended without a word is a failure of kind `killed`. */
  readonly outcome: Promise<Outcome>;
  /** Asks it to checkpoint and stop. */
  stop(): void;
  /** Ends it and everything it started, now. */
  kill(): void;
  /** Why it, or its program, was ended, where more can be found out than the outcome says. */
  explain(end: SuddenEnd): Promise<FailureCause | undefined>;
}

/** An end that may have a reason which nobody could say any more. */
export type SuddenEnd = Extract<FailureCause, {kind: 'killed' | 'program-failed'}>;
