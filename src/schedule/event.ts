import type {Progress} from '../contract/stage.ts';
import type {InstanceId} from '../pipeline/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {Key, StageRecord} from '../store/record.ts';
import type {FailureCause} from '../worker/protocol.ts';

/** All that happens in a run, in order: the reporters draw it, and `runs/<run>/events.jsonl` keeps it. */
export type RunEvent = {readonly at: string} & RunEventBody;

export type RunEventBody =
  | {
      readonly kind: 'run-started';
      readonly run: string;
      readonly pipeline: string;
      readonly instances: number;
      readonly devices: readonly string[];
    }
  | {readonly kind: 'hit'; readonly instance: InstanceId; readonly key: Key}
  /** Another process is computing this key; its result will be used. */
  | {
      readonly kind: 'waiting';
      readonly instance: InstanceId;
      readonly key: Key;
      readonly pid: number;
    }
  | {
      readonly kind: 'started';
      readonly instance: InstanceId;
      readonly key: Key;
      readonly attempt: string;
      readonly reasons: readonly Reason[];
      readonly device: string;
      /** How long it took the last time something like it ran, if that is known. */
      readonly expectedMs?: number;
      /** Relative to the store. */
      readonly log: string;
    }
  | {readonly kind: 'progress'; readonly instance: InstanceId; readonly progress: Progress}
  /** A checkpoint of an earlier attempt was found and used. */
  | {readonly kind: 'resumed'; readonly instance: InstanceId}
  | {readonly kind: 'finished'; readonly instance: InstanceId; readonly record: StageRecord}
  /** Stopped on request after a checkpoint, or before it had begun. */
  | {readonly kind: 'suspended'; readonly instance: InstanceId}
  | {readonly kind: 'failed'; readonly instance: InstanceId; readonly cause: FailureCause}
  /** Something it needs failed or was suspended. */
  | {readonly kind: 'skipped'; readonly instance: InstanceId; readonly because: InstanceId}
  | {
      readonly kind: 'run-finished';
      readonly outcome: 'ok' | 'failed' | 'suspended';
      readonly hits: number;
      readonly ran: number;
      readonly failed: number;
      readonly skipped: number;
      readonly durationMs: number;
      /** Working time that hits saved. */
      readonly savedMs: number;
    };
