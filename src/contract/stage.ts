import type {EngineRequest} from '../base/engines.ts';
import type {JsonObject} from '../base/json.ts';
import type {Contract} from './contract.ts';
import type {ParamValues} from './param.ts';

/** The progress of a stage: `done` of `total` in `unit`, both counted from 0. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Plural, for display: `epochs`, `iterations`, `images`. */
  readonly unit: string;
  /** The newest interesting number, such as `loss 0.412`. */
  readonly note?: string;
}

/** Named byte arrays from which a stage can continue. */
export type CheckpointState = ReadonlyMap<string, Uint8Array>;

/** The checkpoints of the instance's key: they outlive the attempt, and are removed when the result is published. */
export interface Checkpoint {
  /** The newest undamaged one, or `undefined` on a first attempt. */
  latest(): Promise<CheckpointState | undefined>;
  /**
   * Call this wherever the stage could be resumed from. Saves the state that `state` gives if the interval has passed
   * or the run asks to stop; in the latter case it then rejects with `StopRequested`, which the stage must not catch.
   * @param files outputs that are finished already, path by name: they are kept with the state without a copy, so they
   * must not change any more
   */
  offer(
    state: () => CheckpointState | Promise<CheckpointState>,
    files?: ReadonlyMap<string, string>,
  ): Promise<void>;
  /** Puts a file of the latest checkpoint at a path, such as the path of the output that it was. */
  takeFile(name: string, path: string): Promise<void>;
}

/** Thrown by `Checkpoint.offer` after saving, if the run asked its stages to stop. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';
  static override [Symbol.hasInstance] = isNamed('StopRequested');
  constructor() {
    super('The stage was asked to stop and can be resumed from its checkpoint.');
  }
}

/** A failure that the user can act on: its message is shown unchanged, without a stack. */
export class StageError extends Error {
  override readonly name = 'StageError';
  static override [Symbol.hasInstance] = isNamed('StageError');
}

/**
 * Recognises instances of an error class by name: a plugin may have loaded this module from another place than the
 * worker, and a class that is loaded twice is two classes.
 */
function isNamed(name: string): (value: unknown) => boolean {
  return (value) => value instanceof Error && value.name === name;
}

/** Everything that a stage sees of the world. */
export interface StageContext<C extends Contract = Contract> {
  readonly params: ParamValues<C['params']>;
  /** Paths of the input artifacts, by port, in order. The files are read-only. */
  readonly inputs: {readonly [port in keyof C['inputs']]: readonly string[]};
  /** The path to write an output artifact to; `index` counts from 0 on a port with `many`. */
  output(port: keyof C['outputs'] & string, index?: number): string;
  readonly checkpoint: Checkpoint;
  /**
   * A folder of the key, made on demand: files in it stay for the next attempt until the result is published. A stage
   * that continues from such a file must be able to check it.
   */
  keptFolder(): Promise<string>;
  /** What the run asks for. There is a GPU if the instance holds one. */
  readonly engine: EngineRequest;
  /** Aborted when the run asks to stop: for waits without a checkpoint. */
  readonly stopping: AbortSignal;
  progress(progress: Progress): void;
  /** Writes a line to the instance's log. */
  log(line: string): void;
  /** Shows a sentence to the user although nothing has failed. The log has it too. */
  warn(sentence: string): void;
  /** Adds to the record's provenance, such as the chosen engine. Never part of a key. */
  provenance(facts: JsonObject): void;
}

/** The type of the export `run` of `stages/<type>/run.ts`. Loaded only by a worker. */
export type StageRun<C extends Contract> = (context: StageContext<C>) => Promise<void>;
