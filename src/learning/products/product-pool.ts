import {existsSync} from 'node:fs';
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import {columnBlock} from './block-sizes.ts';
import {BlockComputer, mostRows, type Product} from './product.ts';
import {blocksOf, panel, type PackedRight} from './packed-right.ts';
import {newCounts, takePart, type Share} from './share.ts';
import {groupBytes, tileGroup} from './tile-kernel.ts';

/** Products smaller than this take less time than starting a thread. */
const smallProduct = 2e7;

/** Places of the worker: as the compiler leaves it, and beside a bundle. */
const workerPlaces = ['./product-worker.js', '../src/learning/products/product-worker.js'];

/** Threads that compute products together. The numbers do not depend on the number of threads. */
export class ProductPool implements AsyncDisposable {
  /** Upper limit of the number of threads. */
  readonly threads: number;
  readonly #computer = new BlockComputer();
  #workers: readonly Worker[] = [];
  /** Room for the right operand of a product. */
  #room = new SharedArrayBuffer(0);

  /** @param threads upper limit; threads are started when they are needed */
  constructor(threads: number) {
    this.threads = threads;
  }

  /**
   * Fills `product.result`. With several threads, all arrays must be in shared memory (`sharedFloats`). Only one
   * product is computed at a time.
   */
  async compute(product: Product): Promise<void> {
    const {rows: count} = product;
    const size = count * product.columns * product.depth;
    const isAlone = this.threads === 1 || size < smallProduct;
    const rows = rowsPerTurn(product, isAlone ? 1 : this.threads);
    const share: Share = {product, packed: this.#packed(product), rows, counts: newCounts()};
    if (isAlone) {
      takePart(share, this.#computer);
      return;
    }
    await Promise.all(
      this.#started().map(async (worker) => {
        worker.postMessage(share, []);
        // Rejects with the thread's uncaught error.
        await once(worker, 'message');
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => await worker.terminate()));
  }

  /** The right operand as it is, or room for it. */
  #packed({right, columns, depth, precision}: Product): PackedRight {
    if ('panels' in right) return right;
    const length = panel * blocksOf(columns, depth).length;
    const bytes = (length * groupBytes[precision]) / tileGroup[precision];
    if (this.#room.byteLength < bytes) this.#room = new SharedArrayBuffer(bytes);
    switch (precision) {
      case 'whole':
        return {panels: new Int16Array(this.#room, 0, length)};
      case 'single':
        return {panels: new Float32Array(this.#room, 0, length)};
      case 'double':
        return {panels: new Float64Array(this.#room, 0, length)};
    }
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

/**
 * Few enough rows for each thread to have some turns, so that all end at about the same time; and fewer of a symmetric
 * result, of which the lower half of each turn's square on the diagonal is computed in vain.
 */
function rowsPerTurn({rows, isSymmetric}: Product, threads: number): number {
  const even = Math.ceil(rows / (4 * threads * columnBlock)) * columnBlock;
  return Math.min(even, isSymmetric ? mostRows / 2 : mostRows);
}
