import type {Dispatch} from '../../../../src/tensor/kernels/kernel.ts';

/** Launches printed dispatches on the first device of an interface, software or not. */
export interface Launcher {
  readonly description: string;
  /**
   * Runs a dispatch on copies of arrays that are in the order of its bindings.
   * @returns the copies, after the run
   */
  launch(
    dispatch: Dispatch,
    text: string,
    arrays: readonly Float32Array[],
  ): Promise<readonly Float32Array[]>;
  /** @returns what the compiler says about a text: warnings and errors, none if it takes it as it is */
  check(text: string): Promise<string>;
  close(): void;
}
