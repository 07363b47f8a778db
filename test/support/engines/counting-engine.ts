import {setImmediate} from 'node:timers/promises';
import type {Engine} from '../../../src/tensor/engine.ts';

/** An engine, and how often its caller waited for it: reads that are begun together wait once. */
export interface CountingEngine {
  readonly engine: Engine;
  readonly waits: () => number;
}

/** The same engine, whose reads take a turn of the event loop as those of a GPU do. */
export function countingEngine(engine: Engine): CountingEngine {
  let [waits, pending] = [0, 0];
  const counting: Engine = {
    name: engine.name,
    description: engine.description,
    compile: (program) => engine.compile(program),
    upload: (data, shape) => engine.upload(data, shape),
    async read(tensor) {
      if (pending++ === 0) waits++;
      await setImmediate();
      pending--;
      return await engine.read(tensor);
    },
    memory: () => engine.memory(),
    resetPeak: () => engine.resetPeak(),
  };
  return {engine: counting, waits: () => waits};
}
