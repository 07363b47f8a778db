import type {Digest} from '../base/digest.ts';
import type {Progress} from '../contract/stage.ts';
import type {GraphNode} from '../pipeline/graph/graph-model.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {ProcessIdentity} from '../store/claims/process-identity.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {FailureCause} from '../worker/protocol.ts';

/** All that happens in a run, in order: the reporters draw it, and `runs/<run>/events.jsonl` keeps it. */
export type RunEvent = {readonly at: string} & RunEventBody;

export type RunEventBody =
  | {
      readonly kind: 'run-started';
      readonly run: string;
      /** The process of `pipeline run`: the run is live while it is. */
      readonly head: ProcessIdentity;
      readonly pipeline: string;
      /** What goes on with the run, as a user would type it. Absent: nothing that was typed started it. */
      readonly command?: string;
      readonly instances: number;
      readonly devices: readonly string[];
    }
  /** What the run is of, by stages; and where there are few, by instances as well. */
  | {
      readonly kind: 'planned';
      readonly name: string;
      readonly stages: DrawnGraph;
      readonly instances?: DrawnGraph;
    }
  | {
      readonly kind: 'hit';
      readonly instance: InstanceId;
      readonly key: Key;
      /** How long it took to make what is stored. */
      readonly savedMs: number;
    }
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
      /** The device tokens it holds. */
      readonly devices: readonly string[];
      /** How long it took the last time something like it ran, if that is known. */
      readonly expectedMs?: number;
      /** Relative to the store. */
      readonly log: string;
    }
  | {readonly kind: 'progress'; readonly instance: InstanceId; readonly progress: Progress}
  /** A checkpoint of an earlier attempt was found and used. */
  | {readonly kind: 'resumed'; readonly instance: InstanceId}
  /** Its stage has something to say that nobody should miss, although nothing has failed. */
  | {readonly kind: 'warned'; readonly instance: InstanceId; readonly sentence: string}
  | {
      readonly kind: 'finished';
      readonly instance: InstanceId;
      readonly record: StageRecord;
      /** Outputs whose bytes differ from those of an earlier record, which was kept. */
      readonly diverged?: readonly string[];
      /** Outputs whose bytes differ from those of the record that this one replaced. Absent: it replaced none. */
      readonly replaced?: readonly string[];
    }
  /** The bytes of an artifact are not what its digest says: it was set aside, and its producer runs again. */
  | {
      readonly kind: 'artifact-damaged';
      readonly digest: Digest;
      readonly producer: InstanceId;
      /** Where the bytes are now, relative to the store. Absent: there were none. */
      readonly quarantined?: string;
    }
  /** Which GPUs may be used, told when the first instance asks for one; `why` is a sentence each. */
  | {
      readonly kind: 'gpus-found';
      readonly gpus: readonly string[];
      readonly why: readonly string[];
      /** Something is not as a user would expect. */
      readonly isOdd: boolean;
    }
  /** Processes of other runs hold the GPUs it needs. */
  | {
      readonly kind: 'waiting-for-gpu';
      readonly instance: InstanceId;
      readonly pids: readonly number[];
    }
  /** Its timeout has passed: it is asked to save a checkpoint and stop, and is ended if it does not. */
  | {readonly kind: 'overdue'; readonly instance: InstanceId; readonly timeoutMs: number}
  /** It shows no sign of life: no message, no growth of its log, hardly any processor time. Nothing is done about it. */
  | {
      readonly kind: 'quiet';
      readonly instance: InstanceId;
      readonly quietMs: number;
      /** Whether the platform tells of processor time; otherwise it may be computing all the same. */
      readonly sawProcesses: boolean;
    }
  /** It was quiet, and shows signs of life again. */
  | {readonly kind: 'stirred'; readonly instance: InstanceId}
  /** An attempt failed, and there will be another. */
  | {
      readonly kind: 'retrying';
      readonly instance: InstanceId;
      readonly cause: FailureCause;
      /** Which attempt comes next, counted from 1. */
      readonly next: number;
      readonly delayMs: number;
    }
  /** What is left to do, as far as that is known: sent when it changes. */
  | {
      readonly kind: 'forecast';
      readonly remainingMs: number;
      /** Instances left of whose stage type nothing is known, so that they are not counted. */
      readonly unknown: number;
    }
  /** Stopped on request after a checkpoint, or before it had begun. */
  | {
      readonly kind: 'suspended';
      readonly instance: InstanceId;
      /** How long it was given to stop before it was ended without a checkpoint. Absent: it stopped. */
      readonly endedAfterMs?: number;
    }
  | {readonly kind: 'failed'; readonly instance: InstanceId; readonly cause: FailureCause}
  /** Something it needs failed or was suspended, or the run stopped starting things after that failure. */
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

/** A graph as a journal keeps it: its nodes by name, in topological order, and which of them take input from which. */
export interface DrawnGraph {
  readonly nodes: readonly (readonly [name: string, node: GraphNode])[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}
