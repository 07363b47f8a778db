import type {EngineRequest} from '../base/engines.ts';
import type {JsonObject} from '../base/json.ts';
import type {Contract} from './contract.ts';
import type {ParamValues} from './param.ts';

/** How far a stage is: `done` of `total` in `unit`, both counted from 0. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Plural, for people: `epochs`, `iterations`, `images`. */
  readonly unit: string;
  /** The newest number worth watching, such as `loss 0.412`. */
  readonly note?: string;
}

/** Named byte arrays that let a stage go on where it stopped. */
export type CheckpointState = ReadonlyMap<string, Uint8Array>;

/** The checkpoints of the instance's key: they outlive the attempt, never the key. */
export interface Checkpoint {
  /** The newest whole one, or `undefined` on a first attempt. */
  latest(): Promise<CheckpointState | undefined>;
  /**
   * To be called wherever the stage could be resumed from. Saves what `state` gives when the interval
   * has passed or the run wants to stop; in the latter case then rejects with `StopRequested`,
   * which the stage must let through.
   * @param files outputs that are finished already, path by name: kept with the state without a copy being made, so
   *   they must not change any more
   */
  offer(
    state: () => CheckpointState | Promise<CheckpointState>,
    files?: ReadonlyMap<string, string>,
  ): Promise<void>;
  /** Puts a file that `latest` was offered with at a path, such as that of the output it was. */
  takeFile(name: string, path: string): Promise<void>;
}

/** Thrown by `Checkpoint.offer` after saving, when the run asked its stages to stop. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';
  static override [Symbol.hasInstance] = isNamed('StopRequested');
  constructor() {
    super('The stage was asked to stop and can be resumed from its checkpoint.');
  }
}

/** A failure the user can act on: its message is shown as it is, without a stack. */
export class StageError extends Error {
  override readonly name = 'StageError';
  static override [Symbol.hasInstance] = isNamed('StageError');
}

/**
 * Tells the instances of a class of errors by their name: a plugin may have loaded this module from another place than the
 * worker, and a class that is loaded twice is two classes.
 */
function isNamed(name: string): (value: unknown) => boolean {
  return (value) => value instanceof Error && value.name === name;
}

/** All that a stage sees of the world. */
export interface StageContext<C extends Contract = Contract> {
  readonly params: ParamValues<C['params']>;
  /** Paths of the input artifacts, by port, in order. Read-only files. */
  readonly inputs: {readonly [port in keyof C['inputs']]: readonly string[]};
  /** The path to write an output artifact to; `index` counts from 0 on a port with `many`. */
  output(port: keyof C['outputs'] & string, index?: number): string;
  readonly checkpoint: Checkpoint;
  /**
   * A folder of the key's own, made when it is asked for: what a stage leaves there the next attempt finds, until the
   * result is published. Whoever goes on with a file of it must be able to tell whether it is sound.
   */
  keptFolder(): Promise<string>;
  /** What the run asks for. There is a GPU if the instance holds one. */
  readonly engine: EngineRequest;
  /** Aborted when the run wants to stop: for waits that have no checkpoint. */
  readonly stopping: AbortSignal;
  progress(progress: Progress): void;
  /** A line for the instance's log. */
  log(line: string): void;
  /** A sentence that whoever watches the run should read although nothing has failed. The log has it too. */
  warn(sentence: string): void;
  /** Adds to the record's provenance, such as the engine that was chosen. Never part of a key. */
  provenance(facts: JsonObject): void;
}

/** What `stages/<type>/run.ts` exports as `run`. Loaded only by a worker. */
export type StageRun<C extends Contract> = (context: StageContext<C>) => Promise<void>;
