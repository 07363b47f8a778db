/**
 * What a head and a worker say to each other over the worker's IPC channel.
 *
 * The head speaks first, with one `job`. The worker answers with any number of `progress` and `resumed`
 * messages and ends with exactly one outcome (`published`, `suspended` or `failed`), then exits 0. An exit without an
 * outcome means the process died. The head may say `stop` once: the worker then checkpoints and answers `suspended`.
 *
 * The worker publishes its own result before it says `published`. If the channel closes, the head is dead: the worker
 * goes on, publishes, and exits; nobody needs to listen.
 */
import type {JsonObject} from '../base/json.ts';
import type {MediaName} from '../contract/media.ts';
import type {EngineChoice, Progress} from '../contract/stage.ts';
import type {Key, StageRecord} from '../store/record.ts';

/** Why an attempt ended without a result. */
export type FailureCause =
  /** The stage threw a `StageError`: its message is for the user. */
  | {readonly kind: 'stage-error'; readonly message: string}
  /** The stage threw anything else: a bug. */
  | {readonly kind: 'crash'; readonly message: string; readonly stack: string}
  /** The worker process ended without saying anything. */
  | {readonly kind: 'killed'; readonly signal?: string; readonly exitCode?: number}
  /** The worker's outputs broke its contract. */
  | {readonly kind: 'bad-output'; readonly message: string}
  /** The result could not be stored. */
  | {readonly kind: 'store-error'; readonly message: string};

export interface Job {
  readonly kind: 'job';
  readonly key: Key;
  /** The stage type's name: the worker looks its code up in the registry. */
  readonly type: string;
  readonly params: JsonObject;
  /** Absolute paths of input artifacts, by port, in order. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, {readonly media: MediaName; readonly many: boolean}>>;
  /** Absolute path of the store root. */
  readonly store: string;
  readonly attempt: string;
  readonly engine: EngineChoice;
  readonly checkpointIntervalMs: number;
}

export type ToWorker = Job | {readonly kind: 'stop'};

export type FromWorker =
  | {readonly kind: 'progress'; readonly progress: Progress}
  | {readonly kind: 'resumed'}
  | {readonly kind: 'published'; readonly record: StageRecord}
  | {readonly kind: 'suspended'}
  | {readonly kind: 'failed'; readonly cause: FailureCause};
