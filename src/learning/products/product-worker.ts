import {parentPort} from 'node:worker_threads';
import {BlockComputer} from './product.ts';
import type {Share} from './product-pool.ts';

// A thread of a `ProductPool`: takes blocks of rows until none is left, and then reports that.

const computer = new BlockComputer();

parentPort?.on('message', ({product, next, blocks}: Share) => {
  for (;;) {
    const block = Atomics.add(next, 0, 1);
    if (block >= blocks) break;
    computer.compute(product, block);
  }
  parentPort?.postMessage('done', []);
});
