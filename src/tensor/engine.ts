import type {Program} from './program.ts';
import type {Shape} from './shape.ts';

/** A float32 tensor that lives where the engine computes. Its owner is the caller that received it, and disposes it. */
export interface Tensor {
  readonly shape: Shape;
  dispose(): void;
}

/** The tensors and bytes that an engine holds now, and its peak number of bytes. */
export interface EngineMemory {
  readonly tensors: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

/** A compiled program. */
export interface Executable<Outputs extends string = string, Inputs extends string = string> {
  /**
   * Runs the program. Every output is a new tensor that the caller owns; inputs stay the caller's.
   * Throws if an input is missing or has another shape.
   */
  run(inputs: Readonly<Record<Inputs, Tensor>>): Readonly<Record<Outputs, Tensor>>;
  /** Does beforehand, and quicker, what the first run would wait for. Absent: there is nothing to do. */
  prepare?(): Promise<void>;
  /**
   * Runs the program for a part of some work, on the engine whose turn that part is, and gives the outputs to all engines
   * that share the work. Absent: there is only one engine, and `run` does it. Parts that a caller begins together are
   * computed at the same time, and waited for once.
   *
   * @param part the number of the part, counted from 0
   */
  runPart?(
    part: number,
    inputs: Readonly<Record<Inputs, Tensor>>,
  ): Promise<Readonly<Record<Outputs, Tensor>>>;
}

/** Executes tensor programs. All arithmetic is float32. */
export interface Engine {
  /** Such as `tfjs`. */
  readonly name: string;
  /** The backend, for messages and records: `TensorFlow.js 4.22.0, WebAssembly with SIMD`. */
  readonly description: string;
  compile<Outputs extends string, Inputs extends string>(
    program: Program<Outputs, Inputs>,
  ): Executable<Outputs, Inputs>;
  /** Copies numbers into a new tensor. Throws if their count does not match the shape. */
  upload(data: Float32Array, shape: Shape): Tensor;
  /**
   * Copies the numbers of a tensor out: the only operation that waits for the engine. Reads that a caller begins together
   * wait once.
   */
  read(tensor: Tensor): Promise<Float32Array>;
  memory(): EngineMemory;
  /** Whether `run` only asks for a run, and computes while the caller goes on; absent: it does not. */
  readonly runsAhead?: boolean;
  /**
   * Bytes of data that may stay with the engine, beside what it computes with. Absent: none, since the engine computes in the
   * host's memory, where the data lie already.
   */
  readonly roomForData?: number | undefined;
  /** Restarts the measurement of `peakBytes`. */
  resetPeak(): void;
}
