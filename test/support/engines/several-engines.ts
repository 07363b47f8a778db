import type {Engine} from '../../../src/tensor/engine.ts';
import {asOneEngine, type Engines} from '../../../src/tensor/engines/replicas.ts';
import {startWasmEngine} from '../../../src/tensor/engines/wasm/wasm-engine.ts';

/** Several engines of a CPU, each with memory of its own, as several devices have. */
export function startSeveral(count: number): Engines {
  return Array.from({length: count}, () => startWasmEngine()) as unknown as Engines;
}

/** The same work on one, two and four engines: the name of each, and its result. */
export async function onOneTwoAndFour<T>(
  work: (engine: Engine) => Promise<T>,
): Promise<readonly {readonly engines: number; readonly result: T}[]> {
  const results: {engines: number; result: T}[] = [];
  for (const engines of [1, 2, 4]) {
    results.push({engines, result: await work(asOneEngine(startSeveral(engines)))});
  }
  return results;
}
