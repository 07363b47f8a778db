import type {Digest} from '../base/digest.ts';
import type {JsonObject} from '../base/json.ts';
import type {Progress} from '../contract/stage.ts';
import type {GraphNode} from '../pipeline/graph/graph-model.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {Reason} from '../plan/verdict.ts';
import type {ProcessIdentity} from '../store/claims/process-identity.ts';
import type {Key, StageRecord} from '../store/records/record.ts';
import type {FailureCause} from '../worker/protocol.ts';

/** All events of a run, in order: reporters draw them, and `runs/<run>/events.jsonl` keeps them. */
export type RunEvent = {
  readonly at: string;
  /** The outcome that its instance had so far, and that counts no more. Only where journals are merged (`Merge`). */
  readonly instead?: Superseded;
} & RunEventBody;

/**
 * An outcome that what another member tells may replace. `left`: the instance was suspended, skipped or not started.
 */
export type Superseded = 'left' | 'hit' | 'failed';

export type RunEventBody =
  | {
      readonly kind: 'run-started';
      readonly run: string;
      /** The process of `pipeline run`: the run is live while it lives. */
      readonly head: ProcessIdentity;
      readonly pipeline: string;
      /** The command line that continues the run. Absent: no command line started it. */
      readonly command?: string;
      readonly instances: number;
      readonly devices: readonly string[];
      /** The cluster whose members compute it. Absent: the head does. */
      readonly cluster?: string;
    }
  /** Members were asked for. */
  | {
      readonly kind: 'submitted';
      readonly pool: string;
      readonly members: number;
      /** The cluster's name for what was submitted. */
      readonly job: string;
    }
  /** A member of the run has begun: it takes instances until it leaves. */
  | {
      readonly kind: 'member-joined';
      readonly head: ProcessIdentity & {readonly member: string};
      /** The name before its devices in events: its machine. */
      readonly name: string;
      /** The cluster's name for its allocation. Absent: it has none. */
      readonly job?: string;
      readonly pool: string;
      readonly devices: readonly string[];
    }
  /** A member takes no more instances, and none of its own is running. */
  | {
      readonly kind: 'member-left';
      readonly member: string;
      /** As in `member-joined`. */
      readonly name: string;
      readonly why: LeaveReason;
    }
  /** The contents of the run: its stages and, if they are few, its instances. */
  | {
      readonly kind: 'planned';
      readonly name: string;
      /** The parameters of the pipeline. Absent: the run was made by an earlier version. */
      readonly params?: JsonObject;
      readonly stages: DrawnGraph;
      readonly instances?: DrawnGraph;
      /** Absent: the run was not started by `pipeline run`. */
      readonly facts?: RunFacts;
    }
  | {
      readonly kind: 'hit';
      readonly instance: InstanceId;
      readonly key: Key;
      /** The time that it took to make the stored result. */
      readonly savedMs: number;
      /** It was found in a remote cache. */
      readonly isElsewhere?: true;
    }
  /** Files of an instance are brought from a remote cache: its inputs before it starts, or its results. */
  | {
      readonly kind: 'fetching';
      readonly instance: InstanceId;
      readonly files: number;
      readonly sizeBytes: number;
    }
  /** Another process is computing this key; its result will be used. */
  | {
      readonly kind: 'waiting';
      readonly instance: InstanceId;
      readonly key: Key;
      readonly pid: number;
      /** The machine of the process. Absent: it is the run's. */
      readonly host?: string;
    }
  | {
      readonly kind: 'started';
      readonly instance: InstanceId;
      readonly key: Key;
      readonly attempt: string;
      readonly reasons: readonly Reason[];
      /** The device tokens that it holds. */
      readonly devices: readonly string[];
      /** The duration of the most similar attempt, if it is known. */
      readonly expectedMs?: number;
      /** Relative to the store. */
      readonly log: string;
    }
  | {readonly kind: 'progress'; readonly instance: InstanceId; readonly progress: Progress}
  /** A checkpoint of an earlier attempt was found and used. */
  | {readonly kind: 'resumed'; readonly instance: InstanceId}
  /** A warning of its stage: something that users should know although nothing has failed. */
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
  /** The bytes of an artifact do not match its digest: it was set aside, and its producer runs again. */
  | {
      readonly kind: 'artifact-damaged';
      readonly digest: Digest;
      readonly producer: InstanceId;
      /** The new path of the bytes, relative to the store. Absent: there were none. */
      readonly quarantined?: string;
      /** It was in a remote cache, and cannot be had from there. */
      readonly isElsewhere?: true;
    }
  /** The GPUs that may be used, sent when the first instance asks for one; `why` has one sentence for each reason. */
  | {
      readonly kind: 'gpus-found';
      readonly gpus: readonly string[];
      readonly why: readonly string[];
      /** Whether the result may surprise a user. */
      readonly isOdd: boolean;
    }
  /** Processes of other runs hold the GPUs that it needs. */
  | {
      readonly kind: 'waiting-for-gpu';
      readonly instance: InstanceId;
      readonly pids: readonly number[];
    }
  /** Its timeout has passed: it is asked to save a checkpoint and stop, and is ended if it does not. */
  | {readonly kind: 'overdue'; readonly instance: InstanceId; readonly timeoutMs: number}
  /** It shows no sign of life: no message, no growth of its log, hardly any processor time. The run does not end it. */
  | {
      readonly kind: 'quiet';
      readonly instance: InstanceId;
      readonly quietMs: number;
      /** Whether the platform reports processor time; otherwise it may be computing. */
      readonly sawProcesses: boolean;
    }
  /** It was quiet, and shows signs of life again. */
  | {readonly kind: 'stirred'; readonly instance: InstanceId}
  /** An attempt failed, and another will follow. */
  | {
      readonly kind: 'retrying';
      readonly instance: InstanceId;
      readonly cause: FailureCause;
      /** The number of the next attempt, counted from 1. */
      readonly next: number;
      readonly delayMs: number;
    }
  /** The remaining work as far as it is known, sent when it changes. */
  | {
      readonly kind: 'forecast';
      readonly remainingMs: number;
      /** Number of remaining instances whose duration is not known; they are not counted. */
      readonly unknown: number;
    }
  /** Stopped on request, after a checkpoint. */
  | {
      readonly kind: 'suspended';
      readonly instance: InstanceId;
      /** The time that it was given to stop before it was ended without a checkpoint. Absent: it stopped. */
      readonly endedAfterMs?: number;
    }
  | {readonly kind: 'failed'; readonly instance: InstanceId; readonly cause: FailureCause}
  /** An instance that it needs failed. */
  | {readonly kind: 'skipped'; readonly instance: InstanceId; readonly because: InstanceId}
  /**
   * The run ended before it was started, although nothing that it needs failed. `failure`: the run starts nothing after
   * a failure; `stop`: it was stopped; `stored`: it was to start nothing that is not stored.
   */
  | {
      readonly kind: 'unstarted';
      readonly instance: InstanceId;
      readonly why: 'failure' | 'stop' | 'stored';
    }
  | {
      readonly kind: 'run-finished';
      readonly outcome: 'ok' | 'failed' | 'suspended';
      readonly hits: number;
      readonly ran: number;
      readonly failed: number;
      readonly skipped: number;
      /** Absent: the run was made by an earlier version, which counted them among the skipped. */
      readonly unstarted?: number;
      readonly durationMs: number;
      /** Working time that hits saved. */
      readonly savedMs: number;
    };

/**
 * Why a member left. `done`: nothing is left to do; `idle`: for long there was nothing that it could start; `time`: its
 * allocation ends, and is to be continued; `stuck`: it ends, and is not continued; `stop`: it was asked to; `failure`: an
 * instance failed.
 */
export type LeaveReason = 'done' | 'idle' | 'time' | 'stuck' | 'stop' | 'failure';

/** What made a run, apart from its devices and engines. No variable of the environment is among it. */
export interface RunFacts {
  /** The version of this program. */
  readonly version: string;
  readonly node: string;
  /** The model of the processor, and its number of cores. */
  readonly processor: string;
  /** The commit that was checked out where the pipeline file is. Absent: there is no Git repository. */
  readonly commit?: string;
  /** What files of parameters and `--set` have set, in this order: `name=value`. */
  readonly set: readonly string[];
  /** The pipeline file. Absent: it is very large. */
  readonly text?: string;
  /** What it was run with. Absent: the run was made by an earlier version. */
  readonly sources?: RunSources;
}

/** What the pipeline of a run was loaded from, beside the text of its file. */
export interface RunSources {
  /** The path of the pipeline file, relative to the deepest folder that has all pipeline files. */
  readonly path: string;
  /** The pipeline files that it extends or uses, by their paths relative to that folder. */
  readonly others: readonly KeptFile[];
  /** The files of parameters as the user named them, in order: the last wins. */
  readonly params: readonly KeptFile[];
  /** The values of `--set`, which win over those of files. */
  readonly set: readonly string[];
}

export interface KeptFile {
  readonly path: string;
  /** Absent: it is very large. */
  readonly text?: string;
}

/** A graph in a journal: its nodes by name, in topological order, and the edges between them. */
export interface DrawnGraph {
  readonly nodes: readonly (readonly [name: string, node: GraphNode])[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}
