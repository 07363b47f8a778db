import {existsSync} from 'node:fs';
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';
import {BlockComputer} from './block-computer.ts';
import {columnBlock, mostRows} from './block-sizes.ts';
import {PoolMemory, stretchesOf} from './pool-memory.ts';
import {computationOf, type Product} from './product.ts';
import {newCounts, takePart, type Share} from './share.ts';

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
  readonly #memory = new PoolMemory();

  readonly #packedBytes: number;

  /**
   * @param threads upper limit; threads are started when they are needed
   * @param packedBytes upper limit of what is packed of a right operand at a time; 3,072 columns of as many float64 take 75 MB
   */
  constructor(threads: number, packedBytes = 2 ** 29) {
    this.threads = threads;
    this.#packedBytes = packedBytes;
  }

  /**
   * Fills `product.result`. With several threads, it and the values of operands must be in shared memory (`sharedDoubles`).
   * Only one product is computed at a time.
   */
  async compute(product: Product): Promise<void> {
    const work = product.rows * product.columns * product.depth;
    const isAlone = this.threads === 1 || work < smallProduct;
    const threads = isAlone ? 1 : this.threads;
    const computation = computationOf(product);
    const rows = rowsPerTurn(product.rows, threads);
    for (const columns of stretchesOf(product, this.#packedBytes)) {
      const prepared = this.#memory.prepare(product, columns, threads);
      const share = {...prepared, product: computation, columns, rows, counts: newCounts()};
      await this.#share(share, isAlone);
    }
  }

  async #share(share: Share, isAlone: boolean): Promise<void> {
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

  #started(): readonly Worker[] {
    if (this.#workers.length === 0) {
      const places = workerPlaces.map((place) => new URL(place, import.meta.url));
      const program = places.find((place) => existsSync(place)) ?? places[0]!;
      this.#workers = Array.from({length: this.threads}, () => new Worker(program));
    }
    return this.#workers;
  }
}

/** Few enough rows for each thread to have some turns, so that all end at about the same time. */
function rowsPerTurn(rows: number, threads: number): number {
  const even = Math.ceil(rows / (4 * threads * columnBlock)) * columnBlock;
  return Math.min(even, mostRows);
}
