import type {MessagePort} from 'node:worker_threads';

/** The settings of a thread. Words are counted from the start of memory. */
export interface KernelThread {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  /** Address of the thread's own memory, and of the barrier. */
  readonly scratch: number;
  /** Bytes from one thread's own memory to the next one's. */
  readonly scratchStep: number;
  readonly barrier: number;
  /** The word that is not 0 once a thread has failed. */
  readonly failed: number;
  /**
   * The words that hold the number of the round, the address of its list, the address of the first table, and the bytes
   * from one table to the next.
   */
  readonly round: number;
  readonly list: number;
  readonly slots: number;
  readonly step: number;
  /** The word that counts the modules of generated kernels, and the port that they arrive on. */
  readonly modules: number;
  /** The word that counts the threads that have started. */
  readonly started: number;
  readonly port: MessagePort;
}

/**
 * Runs a thread's part of every list of commands, until the process ends or a thread fails. A worker is given the text
 * of this function, so that it needs no file of its own; the function may use nothing from outside.
 */
export function serveKernels(
  given: KernelThread,
  receive: (port: MessagePort) => {readonly message: WebAssembly.Module} | undefined,
): never {
  const words = new Int32Array(given.memory.buffer, 0, 64);
  Atomics.add(words, given.started, 1);
  Atomics.notify(words, given.started);
  try {
    const {module, memory, thread, threads, scratch, scratchStep, barrier} = given;
    const {exports} = new WebAssembly.Instance(module, {env: {memory}});
    const execute = exports['execute'] as (...args: readonly number[]) => void;
    const functions = exports['table'] as WebAssembly.Table;
    let installed = 0;
    let round = 0;
    for (;;) {
      // Polls for a while, longer than it takes to prepare the next list, before it sleeps: waking up takes as long.
      for (let i = 0; i < 40_000 && Atomics.load(words, given.round) === round; i++);
      Atomics.wait(words, given.round, round);
      // A wait may end spuriously.
      if (Atomics.load(words, given.round) === round) continue;
      round++;
      while (installed < Atomics.load(words, given.modules)) {
        const received = receive(given.port);
        if (received === undefined) continue;
        const added = new WebAssembly.Instance(received.message, {env: {memory, ...exports}});
        for (const body of Object.values(added.exports)) functions.set(functions.grow(1), body);
        installed++;
      }
      const step = words[given.step]!;
      const slots = words[given.slots]! + thread * step;
      execute(words[given.list]!, slots, step, scratch, scratchStep, barrier, thread, threads);
    }
  } catch (error) {
    Atomics.store(words, given.failed, 1);
    throw error;
  }
}
