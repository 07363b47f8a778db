/**
 * Measures the distance of two cores. A virtual machine's cores sometimes share a cache and sometimes do not, which
 * slows down threads that exchange results, so a benchmark reports the distance.
 */
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';

/** The word of the shared memory that says whose turn it is. */
const turn = 0;
const exchanges = 20_000;
/** Exchanges before the measurement. */
const warmUp = 2000;

const answering = `
  const {parentPort, workerData: words} = require('node:worker_threads');
  parentPort.on('message', (exchanges) => {
    for (let i = 0; i < exchanges; i++) {
      while (Atomics.load(words, 0) !== 2 * i + 1);
      Atomics.store(words, 0, 2 * i + 2);
    }
  });`;

export interface CoreDistance {
  /** Nanoseconds until a word that one thread writes reaches another, averaged over some milliseconds. */
  measure(): number;
}

/** Starts the other thread, which does not keep the process alive. Resolves when it is ready. */
export async function startCoreDistance(): Promise<CoreDistance> {
  const words = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(answering, {eval: true, workerData: words});
  await once(worker, 'online');
  worker.unref();
  return {
    measure() {
      Atomics.store(words, turn, 0);
      worker.postMessage(exchanges, []);
      let start = 0;
      for (let i = 0; i < exchanges; i++) {
        if (i === warmUp) start = performance.now();
        Atomics.store(words, turn, 2 * i + 1);
        while (Atomics.load(words, turn) !== 2 * i + 2);
      }
      return ((performance.now() - start) * 1e6) / (exchanges - warmUp) / 2;
    },
  };
}
