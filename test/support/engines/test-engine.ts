import type {Engine} from '../../../src/tensor/engine.ts';
import {startEngine} from '../../../src/tensor/engines/start-engine.ts';
import {countingEngine} from './counting-engine.ts';

let started: Promise<Engine> | undefined;

/** The default engine of a CPU, on one thread, started once per process: for tests that are not about an engine. */
export function startTestEngine(): Promise<Engine> {
  started ??= startEngine({name: 'auto', numerics: 'any', threads: 1, gpu: false}).then(
    ({engine}) => engine,
  );
  return started;
}

/** The same engine, as one with a memory of its own that has room for so many bytes of data. */
export function withRoom(engine: Engine, roomForData: number): Engine {
  return {...countingEngine(engine).engine, roomForData};
}
