import type {Dispatch, Limits} from '../../kernels/kernel.ts';

/**
 * A GPU as the engine drives it: memories, pipelines and one queue, which does everything in the order in which it was
 * asked. Only `read` waits. A device that fails says so at the next `read`.
 */
export interface Device<Memory extends object, Pipeline extends object> {
  /** The card, driver and interface, for messages and records. */
  readonly description: string;
  readonly limits: Limits;
  /** A memory whose numbers are not yet known. @throws CapacityError if it cannot be had, unless a `read` tells */
  allocate(bytes: number): Memory;
  /** Takes a function that frees memories which lie idle: a device without room calls it, and tries once more. */
  whenFull(makeRoom: () => void): void;
  /** Gives a memory back once everything asked so far is done. */
  free(memory: Memory): void;
  /** Copies numbers to the start of a memory. */
  write(memory: Memory, data: Float32Array): void;
  /** Copies the first numbers of memories out: waits once for everything asked so far. */
  read(
    parts: readonly {readonly memory: Memory; readonly size: number}[],
  ): Promise<readonly Float32Array[]>;
  /** Prints and compiles a dispatch; equal texts are compiled once. */
  prepare(dispatch: Dispatch): Pipeline;
  /** Compiles what `prepare` gave, side by side; without it, each is compiled before its first launch. */
  build?(pipelines: readonly Pipeline[]): Promise<void>;
  /**
   * Whether a memory belongs to commands that are not yet handed over, so that writing it hands them over first. Absent:
   * a write waits its turn as everything else does.
   */
  isPending?(memory: Memory): boolean;
  /** Asks for a dispatch; memories are in the order of its bindings. */
  launch(pipeline: Pipeline, memories: readonly Memory[]): void;
  /**
   * Launches one after the other, apart from everything else, and gives the milliseconds of each by the device's own
   * clock; `undefined` without such a clock.
   */
  time?(launches: readonly TimedLaunch<Memory, Pipeline>[]): Promise<readonly number[] | undefined>;
  close(): void;
}

/** A dispatch to be timed; memories are in the order of its bindings. */
export interface TimedLaunch<Memory, Pipeline> {
  readonly pipeline: Pipeline;
  readonly memories: readonly Memory[];
}
