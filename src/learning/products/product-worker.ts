import {parentPort} from 'node:worker_threads';
import {BlockComputer} from './block-computer.ts';
import {takePart, type Share} from './share.ts';

// A thread of a `ProductPool`.

const computer = new BlockComputer();

parentPort?.on('message', (share: Share) => {
  takePart(share, computer);
  parentPort?.postMessage('done', []);
});
