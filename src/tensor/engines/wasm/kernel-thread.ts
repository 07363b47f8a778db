/** A thread that runs its part of every list of commands, for as long as its process lives. */
import {workerData} from 'node:worker_threads';
import {control, controlBytes, instantiate, scratchOf} from './threads.ts';

export interface KernelThread {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
}

/** So often is looked for the next list before the thread sleeps. */
const spins = 5000;

const {module, memory, thread, threads} = workerData as KernelThread;
const kernels = instantiate(module, memory);
const words = new Int32Array(memory.buffer, 0, controlBytes / 4);
let round = 0;
for (;;) {
  for (let i = 0; i < spins && Atomics.load(words, control.round) === round; i++);
  Atomics.wait(words, control.round, round);
  // A wait may end for no reason.
  if (Atomics.load(words, control.round) === round) continue;
  round++;
  const list = words[control.list]!;
  kernels.execute(list, words[control.slots]!, scratchOf(thread), 4 * control.barrier, thread, threads);
}
