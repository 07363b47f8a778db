import type {FailureCause, Job, News, Outcome} from '../worker/protocol.ts';
import type {DeviceRequest, DeviceToken} from './device-request.ts';

/**
 * Computes the instances of a run. The scheduler decides what starts when, and knows devices and workers only through
 * this interface; the implementations are in `src/executors`. The processes of a run and of its attempts are known to the
 * store, whose leases name them.
 */
export interface Executor {
  /** Whether the user has named the GPUs, who then learns at once of those that are not there. */
  readonly areGpusNamed: boolean;
  /** The number of devices of a kind, in use or not. The number of GPUs is 0 until they have been found. */
  capacity(kind: DeviceRequest['kind']): number;
  /** Finds the GPUs, once. Called when the first instance asks for one. Never rejects. */
  findGpus(): Promise<FoundGpus>;
  /** Takes all devices of a request at once, or none. */
  acquire(request: DeviceRequest): Acquired;
}

/** The GPUs that instances can use, and the reason. */
export interface FoundGpus {
  /** Their names in events, without `gpu:`. */
  readonly gpus: readonly string[];
  /** The reasons, one sentence each. */
  readonly why: readonly string[];
  /** Whether the result may surprise a user. */
  readonly isOdd: boolean;
  /** The missing GPUs that the user asked for: nothing should run. */
  readonly fault?: string;
}

export type Acquired =
  | {readonly kind: 'granted'; readonly grant: Grant}
  /** Other instances of this run have to end first, since they hold devices, or memory. */
  | {readonly kind: 'short'; readonly of: 'devices' | 'memory'}
  /** Other runs hold the devices. They do not notify this run when they give them back. */
  | {readonly kind: 'held'; readonly by: readonly Holder[]};

/** The holder of a device. */
export interface Holder {
  readonly kind: 'process';
  readonly pid: number;
}

/** The devices of an instance while it runs. */
export interface Grant {
  readonly devices: readonly DeviceToken[];
  /** Whether there are GPUs among them. */
  readonly hasGpu: boolean;
  /** Whether software stands in for the GPUs. */
  readonly isSoftware?: true;
  /** The PCI address of the first GPU. Absent: there is none, or it is unknown. */
  readonly gpuAddress?: string;
  /** The PCI addresses of all GPUs. Absent: there is at most one, or not all of them are known. */
  readonly gpuAddresses?: readonly string[];
  /** Whether the machine has no GPU but the one that is granted. Absent: not known. */
  readonly isOnlyGpu?: boolean;
  /** Starts a job on these devices. If nothing could be started, the worker is one that has failed. */
  start(setup: JobSetup): Promise<Worker>;
  /** Gives the devices back after the worker has ended. */
  release(): void;
}

/** The input of a worker. */
export interface JobSetup {
  readonly job: Job;
  /** Absolute path of the file to which the job's output is appended. */
  readonly logFile: string;
  /** Called for every message except the outcome. */
  readonly onMessage: (message: News) => void;
}

/** A process or thread that does one job. */
export interface Worker {
  /** The outcome; never rejects. A worker that ends without one is a failure of kind `killed`. */
  readonly outcome: Promise<Outcome>;
  /** Asks it to save a checkpoint and stop. */
  stop(): void;
  /** Ends it, and everything that it started, now. */
  kill(): void;
  /** The cause of a sudden end of the worker or its program, if more can be found out than the outcome says. */
  explain(end: SuddenEnd): Promise<FailureCause | undefined>;
}

/** An end whose cause the ended process could not report. */
export type SuddenEnd = Extract<FailureCause, {kind: 'killed' | 'program-failed'}>;
