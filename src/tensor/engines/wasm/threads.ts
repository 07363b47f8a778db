/** The threads that run kernels: this one, and workers that wait for it. All see the same memory. */
import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {Worker} from 'node:worker_threads';
import type {KernelThread} from './kernel-thread.ts';

/** What `assembly/index.ts` exports. */
export interface Kernels {
  staticEnd(): number;
  execute(
    list: number,
    slots: number,
    scratch: number,
    barrier: number,
    thread: number,
    threads: number,
  ): void;
}

/** Of the start of memory: which run it is, its list and its table, and two words for the barrier. */
export const control = {round: 0, list: 1, slots: 2, barrier: 16} as const;
export const controlBytes = 256;
/** Behind that and the kernels' own tables: the build puts those after the first kibibyte. */
const scratchStart = 65_536;
/** What a thread has for itself: registers of elementwise groups, packed columns, tiles. */
const scratchBytes = 1 << 20;

export interface Threads {
  readonly count: number;
  /** Whether products and sums are rounded once. */
  readonly fused: boolean;
  /** Runs a list of commands to its end. */
  run(list: number, slots: number): void;
}

/**
 * Starts so many threads on a memory, of which everything before `threadBytes(count)` is theirs.
 * @param fused whether to use fused multiply-add where the machine can
 */
export function startThreads(
  memory: WebAssembly.Memory,
  {count, fused}: {readonly count: number; readonly fused: boolean},
): Threads {
  const loaded = loadKernels(fused);
  const kernels = instantiate(loaded.module, memory);
  if (kernels.staticEnd() > scratchStart) throw new Error('The tables of the kernels are too large');
  for (let thread = 1; thread < count; thread++) {
    const workerData: KernelThread = {module: loaded.module, memory, thread, threads: count};
    const worker = new Worker(new URL('./kernel-thread.js', import.meta.url), {workerData});
    // It never ends by itself, and keeps no process from ending.
    worker.unref();
  }
  return {
    count,
    fused: loaded.fused,
    run(list, slots) {
      const words = new Int32Array(memory.buffer, 0, controlBytes / 4);
      if (count > 1) {
        words[control.list] = list;
        words[control.slots] = slots;
        Atomics.add(words, control.round, 1);
        Atomics.notify(words, control.round);
      }
      kernels.execute(list, slots, scratchOf(0), 4 * control.barrier, 0, count);
    },
  };
}

/** How much memory so many threads want. */
export function threadBytes(count: number): number {
  return scratchOf(count);
}

export function scratchOf(thread: number): number {
  return scratchStart + thread * scratchBytes;
}

export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  const {exports} = new WebAssembly.Instance(module, {env: {memory}});
  return exports as unknown as Kernels;
}

function loadKernels(fused: boolean): {readonly module: WebAssembly.Module; readonly fused: boolean} {
  const read = (name: string): Buffer<ArrayBuffer> =>
    readFileSync(new URL(name, import.meta.url)) as Buffer<ArrayBuffer>;
  if (fused) {
    const bytes = read('./kernels-fma.wasm');
    // Node before 22 knows the instructions, and has to be told to take them.
    if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
    if (WebAssembly.validate(bytes)) return {module: new WebAssembly.Module(bytes), fused: true};
  }
  return {module: new WebAssembly.Module(read('./kernels.wasm')), fused: false};
}
