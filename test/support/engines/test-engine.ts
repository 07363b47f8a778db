import type {Engine} from '../../../src/tensor/engine.ts';
import {startEngine} from '../../../src/tensor/engines/start-engine.ts';

let started: Promise<Engine> | undefined;

/** The default engine of a CPU, on one thread, started once per process: for tests that are not about an engine. */
export function startTestEngine(): Promise<Engine> {
  started ??= startEngine({name: 'auto', numerics: 'any', threads: 1, gpu: false}).then(
    ({engine}) => engine,
  );
  return started;
}
