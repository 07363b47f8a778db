/**
 * How far apart two cores are. A virtual machine's may at one time share a cache and at another not, and threads that pass
 * each other what they compute are slower then: what is measured then should say so.
 */
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';

/** Words of the shared memory: whose turn it is. */
const turn = 0;
const exchanges = 20_000;
/** Exchanges before time counts. */
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
  /** Nanoseconds until a word that one thread wrote reaches another, on average over some milliseconds. */
  measure(): number;
}

/** Starts the thread at the other end, which keeps no process from ending. Resolves when it is there. */
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
