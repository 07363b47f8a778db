import {setImmediate} from 'node:timers/promises';
import type {Engine} from '../../../src/tensor/engine.ts';

/** What a caller asked of an engine. */
export interface EngineCounts {
  /** How often it waited: reads that are begun together wait once. */
  readonly waits: number;
  readonly runs: number;
  readonly uploads: number;
}

/** An engine, and what was asked of it so far. */
export interface CountingEngine {
  readonly engine: Engine;
  readonly counts: () => EngineCounts;
  /** The number of reads that have not ended. */
  readonly pending: () => number;
}

/** The same engine, whose reads take a turn of the event loop as those of a GPU do, and which has room for data as a GPU. */
export function countingEngine(engine: Engine): CountingEngine {
  const counts = {waits: 0, runs: 0, uploads: 0};
  let pending = 0;
  const counting: Engine = {
    name: engine.name,
    description: engine.description,
    compile(program) {
      const executable = engine.compile(program);
      return {
        run(inputs) {
          counts.runs++;
          return executable.run(inputs);
        },
      };
    },
    upload(data, shape) {
      counts.uploads++;
      return engine.upload(data, shape);
    },
    async read(tensor) {
      if (pending++ === 0) counts.waits++;
      await setImmediate();
      pending--;
      return await engine.read(tensor);
    },
    memory: () => engine.memory(),
    roomForData: 2 ** 26,
    resetPeak: () => engine.resetPeak(),
  };
  return {engine: counting, counts: () => ({...counts}), pending: () => pending};
}

/** What was asked between two counts. */
export function countsBetween(before: EngineCounts, after: EngineCounts): EngineCounts {
  return {
    waits: after.waits - before.waits,
    runs: after.runs - before.runs,
    uploads: after.uploads - before.uploads,
  };
}
