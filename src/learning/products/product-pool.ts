import {existsSync} from 'node:fs';
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import {BlockComputer, rowBlock, type Product} from './product.ts';

/** The data of a pool's threads: the product, and the counter of the next block of rows. */
export interface Share {
  readonly product: Product;
  readonly next: Int32Array;
  readonly blocks: number;
}

/** Products smaller than this take less time than starting a thread. */
const smallProduct = 1e8;

/** Places of the worker: as the compiler leaves it, and beside a bundle. */
const workerPlaces = ['./product-worker.js', '../src/learning/products/product-worker.js'];

/** Threads that compute products together. The numbers do not depend on the number of threads. */
export class ProductPool implements AsyncDisposable {
  /** Upper limit of the number of threads. */
  readonly threads: number;
  readonly #computer = new BlockComputer();
  #workers: readonly Worker[] = [];

  /** @param threads upper limit; threads are started when they are needed */
  constructor(threads: number) {
    this.threads = threads;
  }

  /**
   * Fills `product.result`. With several threads, all arrays must be in shared memory (`sharedFloats`). Only one
   * product is computed at a time.
   */
  async compute(product: Product): Promise<void> {
    const blocks = Math.ceil(product.rows / rowBlock);
    const size = product.rows * product.columns * product.depth;
    if (this.threads === 1 || blocks === 1 || size < smallProduct) {
      for (let block = 0; block < blocks; block++) this.#computer.compute(product, block);
      return;
    }
    const next = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all(
      this.#started().map(async (worker) => {
        worker.postMessage({product, next, blocks} satisfies Share, []);
        // Rejects with the thread's uncaught error.
        await once(worker, 'message');
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => await worker.terminate()));
  }

  #started(): readonly Worker[] {
    if (this.#workers.length === 0) {
      const places = workerPlaces.map((place) => new URL(place, import.meta.url));
      const program = places.find((place) => existsSync(place)) ?? places[0]!;
      this.#workers = Array.from({length: this.threads}, () => new Worker(program));
    }
    return this.#workers;
  }
}

/** A float64 array in shared memory. */
export function sharedDoubles(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** A float32 array in shared memory. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** A copy in shared memory. */
export function shared<T extends Uint8Array | Float32Array | Float64Array>(values: T): T {
  const kind = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
