/** The threads that run kernels: this one, and workers that wait for it. All share the same memory. */
import {setFlagsFromString} from 'node:v8';
import {MessageChannel, Worker, type MessagePort} from 'node:worker_threads';
import {kernelModule} from '../codegen/kernel-writer.ts';
import * as code from './kernel-code.js';
import {serveKernels, type KernelThread} from './kernel-thread.ts';

/** The exports of `assembly/index.ts`. */
interface Kernels {
  staticEnd(): number;
  readonly table: WebAssembly.Table;
  execute(
    list: number,
    slots: number,
    step: number,
    scratch: number,
    scratchStep: number,
    barrier: number,
    thread: number,
    threads: number,
  ): void;
}

/**
 * Words at the start of memory: the number of the round, its list, the first table; the number of modules; bytes from
 * table to table; the number of threads that have started.
 */
const control = {round: 0, list: 1, slots: 2, modules: 3, step: 4, started: 5} as const;
/**
 * Address of the four words of the barrier, in a cache line of their own; the last word says that a thread has failed.
 */
const barrier = 64;
const failed = barrier / 4 + 3;
/**
 * Start of scratch memory, after the barrier and the kernels' own tables, which the build places after the first
 * kibibyte.
 */
const scratchStart = 65_536;
/** Bytes of scratch memory of one thread: addresses of a group's tensors, packed columns, tiles and their products. */
const scratchBytes = 3 << 19;
/** What all threads find at the same place. */
const places = {scratchStep: scratchBytes, barrier, failed, ...control} as const;

/** Time limit for a thread to start. */
const startMs = 30_000;

export interface Threads {
  readonly count: number;
  /** Whether a multiplication and an addition are rounded once. */
  readonly fused: boolean;
  /** Installs generated functions that commands can call, and gives the index of each in the table of functions. */
  install(bodies: readonly Uint8Array[]): readonly number[];
  /**
   * Runs a list of commands to its end. `slots` is the address of the first thread's table, `step` the bytes from one
   * table to the next.
   */
  run(list: number, slots: number, step: number): void;
}

/** Bytes at the start of memory that `count` threads need. */
export function threadBytes(count: number): number {
  return scratchOf(count);
}

/**
 * Starts `count` threads on a memory. All bytes before `threadBytes(count)` belong to them.
 * @param fused whether to use fused multiply-add if the machine supports it
 */
export function startThreads(
  memory: WebAssembly.Memory,
  {count, fused}: {readonly count: number; readonly fused: boolean},
): Threads {
  const loaded = loadKernels(fused);
  const {exports} = new WebAssembly.Instance(loaded.module, {env: {memory}});
  const kernels = exports as unknown as Kernels;
  if (kernels.staticEnd() > scratchStart)
    throw new Error('The tables of the kernels are too large');
  const words = new Int32Array(memory.buffer, 0, 64);
  const ports: MessagePort[] = [];
  for (let thread = 1; thread < count; thread++) {
    const {port1, port2} = new MessageChannel();
    ports.push(port1);
    startThread({
      module: loaded.module,
      memory,
      thread,
      threads: count,
      scratch: scratchOf(thread),
      port: port2,
      ...places,
    });
  }
  return {
    count,
    fused: loaded.fused,
    install(bodies) {
      const module = new WebAssembly.Module(kernelModule(bodies));
      for (const port of ports) port.postMessage(module);
      Atomics.add(words, control.modules, 1);
      const added = new WebAssembly.Instance(module, {env: {memory, ...exports}});
      return Object.values(added.exports).map((body) => {
        const index = kernels.table.grow(1);
        kernels.table.set(index, body);
        return index;
      });
    },
    run(list, slots, step) {
      awaitStart(words, count - 1);
      if (count > 1) {
        words[control.list] = list;
        words[control.slots] = slots;
        words[control.step] = step;
        Atomics.add(words, control.round, 1);
        Atomics.notify(words, control.round);
      }
      assertAllWork(words);
      try {
        kernels.execute(list, slots, step, scratchOf(0), scratchBytes, barrier, 0, count);
        assertAllWork(words);
      } catch (cause) {
        // The other threads are released; their state is unknown, so nothing can run any more.
        Atomics.store(words, failed, 1);
        throw new Error('A kernel of the wasm engine failed', {cause});
      }
    },
  };
}

/** Waits until `count` threads have started; only the first list ever waits. */
function awaitStart(words: Int32Array, count: number): void {
  for (;;) {
    const started = Atomics.load(words, control.started);
    if (started === count) return;
    if (Atomics.wait(words, control.started, started, startMs) === 'timed-out') {
      throw new Error(`Only ${started + 1} of ${count + 1} threads of the engine have started`);
    }
  }
}

/** Throws if a thread has failed: its share of the results is missing. */
function assertAllWork(words: Int32Array): void {
  if (Atomics.load(words, failed) !== 0) throw new Error('A thread of the engine has failed');
}

function scratchOf(thread: number): number {
  return scratchStart + thread * scratchBytes;
}

function startThread(workerData: KernelThread): void {
  const text = `const {workerData, receiveMessageOnPort} = require('node:worker_threads');
    (${serveKernels.toString()})(workerData, receiveMessageOnPort)`;
  // Flags and environment of this process must not change how the text is read, for example as a module.
  const worker = new Worker(text, {
    eval: true,
    workerData,
    transferList: [workerData.port],
    execArgv: ['--input-type=commonjs'],
  });
  // A failed thread is known by a word in memory, which the threads that wait for it read.
  worker.on('error', () => undefined);
  // The worker never ends by itself, and must not keep the process alive.
  worker.unref();
}

function loadKernels(fused: boolean): {
  readonly module: WebAssembly.Module;
  readonly fused: boolean;
} {
  if (fused) {
    const bytes = Buffer.from(code.fused, 'base64');
    // Node before 22 has these instructions behind a flag.
    if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
    if (WebAssembly.validate(bytes)) return {module: new WebAssembly.Module(bytes), fused: true};
  }
  const module = new WebAssembly.Module(Buffer.from(code.plain, 'base64'));
  return {module, fused: false};
}
