/**
 * The messages between a head and a worker over their channel (`channel.ts`).
 *
 * The head speaks first, with one `job`. The worker answers with any number of `progress`, `resumed`, `warned` and
 * `program` messages, ends with exactly one outcome, and exits 0. An exit without an outcome means that the process
 * died. The head may send `stop` once: the worker then saves a checkpoint and answers `suspended`.
 *
 * The worker publishes its own result before it sends `published`. If the channel closes, the head is dead: the worker
 * goes on, publishes, and exits without a receiver.
 */
import type {Digest} from '../base/digest.ts';
import type {EngineRequest} from '../base/engines.ts';
import type {MediaDefinition} from '../contract/media.ts';
import type {PluginCode} from '../contract/plugin.ts';
import type {Progress} from '../contract/stage.ts';
import type {Fingerprint} from '../store/records/fingerprint.ts';
import type {Member} from '../store/claims/heartbeat.ts';
import type {ProcessIdentity} from '../store/claims/process-identity.ts';
import type {Locked} from '../store/records/locked.ts';
import type {Key, StageRecord} from '../store/records/record.ts';

/** The cause of an attempt that ended without a result. */
export type FailureCause =
  /** The stage threw a `StageError`: its message is for the user. */
  | {readonly kind: 'stage-error'; readonly message: string}
  /** The stage threw another error: a bug. */
  | {
      readonly kind: 'crash';
      readonly message: string;
      readonly stack: string;
      /** Set if another attempt would fail in the same way. */
      readonly isCertain?: true;
    }
  /** The stage waits for something that cannot happen any more: a bug. */
  | {readonly kind: 'never-ends'}
  /** No process could be started: the system allows no more processes, open files or memory. */
  | {readonly kind: 'not-started'; readonly code: 'EMFILE' | 'ENFILE' | 'EAGAIN' | 'ENOMEM'}
  /** Memory ran out: the JavaScript heap's, or the machine's, whose kernel then ended the worker. */
  | {readonly kind: 'out-of-memory'; readonly of: 'heap' | 'machine'}
  /** A device, such as a GPU, has too little memory. */
  | {readonly kind: 'out-of-memory'; readonly of: 'device'; readonly message: string}
  /** A device, such as a GPU, failed: a fault of the machine. */
  | {readonly kind: 'device-lost'; readonly message: string}
  /** It took longer than the stage's `timeout`. */
  | {
      readonly kind: 'timed-out';
      readonly timeoutMs: number;
      /** The time that it was given to stop before it was ended. Absent: it stopped. */
      readonly endedAfterMs?: number;
    }
  /** The worker process ended without an outcome. */
  | {readonly kind: 'killed'; readonly signal?: string; readonly exitCode?: number}
  /** The program of a stage with `run` ended with an exit code other than 0, or by a signal. */
  | {
      readonly kind: 'program-failed';
      readonly program: string;
      readonly exitCode?: number;
      readonly signal?: string;
    }
  /** The worker's outputs violate its contract. */
  | {readonly kind: 'bad-output'; readonly message: string}
  /** The store could not be read or written. */
  | {readonly kind: 'store-error'; readonly message: string};

export interface Job {
  readonly kind: 'job';
  readonly key: Key;
  /** The pre-image of the key: the stage type, its parameters and the digests of its inputs. */
  readonly fingerprint: Fingerprint;
  /** The user's names of the inputs, by port: one for each digest of the fingerprint, in the same order. */
  readonly inputNames: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<
    Record<string, {readonly media: MediaDefinition; readonly many: boolean}>
  >;
  /** Absolute path of the store root. */
  readonly store: string;
  /** URL of the module whose `registry` has the stage type's code. */
  readonly registryModule: string;
  /** A stored result that the stage goes on from: an artifact of it for an input that is not of the fingerprint. */
  readonly goesOn?: {readonly input: string; readonly key: Key; readonly digest: Digest};
  /** The plugin that has the code instead, if one does. */
  readonly plugin?: PluginCode;
  readonly attempt: string;
  /** The member whose head sends the job. */
  readonly member: Member;
  readonly engine: EngineRequest;
  readonly checkpointIntervalMs: number;
  /** Computes even if a result is stored, and replaces that. */
  readonly force?: true;
  /** As long as the head lives, it gives the lease back, and not the worker. */
  readonly keepsLease?: true;
  /** The values of the variables that the program of a stage with `run` sees. They are written nowhere. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The absolute path of the user's folder that the program starts in, if it does. */
  readonly folder?: string;
  /** The absolute path of the user's file that the instance stands for, if it does. */
  readonly file?: string;
  /** The digests that its outputs must have. Absent: any. */
  readonly locked?: Locked;
}

export type ToWorker = Job | {readonly kind: 'stop'};

/** The outcome of an attempt, as the worker reports it. */
export type Outcome =
  | {
      readonly kind: 'published';
      readonly record: StageRecord;
      /** Outputs whose bytes differ from those of an earlier record, which was kept. */
      readonly diverged: readonly string[];
      /** Outputs whose bytes differ from those of the record that this one replaced. Absent: it replaced none. */
      readonly replaced?: readonly string[];
    }
  /** Another process had published the result in the meantime. */
  | {readonly kind: 'hit'; readonly record: StageRecord}
  /** Another process holds the lease of the key. */
  | {readonly kind: 'busy'; readonly by: ProcessIdentity}
  /** The bytes of an input do not match its digest: nothing was run. */
  | {readonly kind: 'input-damaged'; readonly digest: Digest}
  | {
      readonly kind: 'suspended';
      /** The time that it was given to stop before it was ended. Absent: it stopped. */
      readonly endedAfterMs?: number;
    }
  | {readonly kind: 'failed'; readonly cause: FailureCause};

/** Events of an attempt before its outcome. */
export type News =
  | {readonly kind: 'progress'; readonly progress: Progress}
  | {readonly kind: 'resumed'}
  | {readonly kind: 'warned'; readonly sentence: string};

/** Whether a message is news, so that others follow it. */
export function isNews(message: FromWorker): message is News {
  const {kind} = message;
  return kind === 'progress' || kind === 'resumed' || kind === 'warned';
}

export type FromWorker =
  | News
  /** The worker runs a program that leads this process group; without a group: all of it has ended. */
  | {readonly kind: 'program'; readonly leader?: number}
  | Outcome;
