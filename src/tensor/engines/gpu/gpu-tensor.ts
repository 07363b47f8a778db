import type {Tensor} from '../../engine.ts';
import type {Shape} from '../../shape.ts';

/** A tensor in a memory of a GPU. */
export class GpuTensor<Memory extends object> implements Tensor {
  readonly engine: object;
  readonly memory: Memory;
  readonly shape: Shape;
  readonly #onDispose: () => void;
  readonly #onFree: () => void;
  /** The owner, and the reads that the device does not know of yet. */
  #keepers = 1;
  isDisposed = false;

  /**
   * @param onDispose called when the owner disposes it
   * @param onFree called when its memory may be used for something else
   */
  constructor(
    engine: object,
    memory: Memory,
    shape: Shape,
    {onDispose, onFree}: {readonly onDispose: () => void; readonly onFree: () => void},
  ) {
    this.engine = engine;
    this.memory = memory;
    this.shape = shape;
    this.#onDispose = onDispose;
    this.#onFree = onFree;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.#onDispose();
    this.#release();
  }

  /** Keeps the numbers, even if the tensor is disposed, until the function that it gives is called. */
  keep(): () => void {
    this.#keepers++;
    return () => this.#release();
  }

  #release(): void {
    if (--this.#keepers === 0) this.#onFree();
  }
}
