/** The engine that a benchmark measures, by the command line's own words. */
import os from 'node:os';
import type {Engine} from '../src/tensor/engine.ts';
import {GpuEngine} from '../src/tensor/engines/gpu/gpu-engine.ts';
import {startEngine} from '../src/tensor/engines/start-engine.ts';

/** Options of `parseArgs`. */
export const engineOptions = {
  engine: {type: 'string', default: 'wasm'},
  software: {type: 'boolean', default: false},
  device: {type: 'string'},
} as const;

export interface EngineChoice {
  readonly engine: string;
  /** Whether an engine for GPUs may use software in the place of one. */
  readonly software: boolean;
  /** The PCI address of the GPU to use. Absent: the only one there is. */
  readonly device?: string | undefined;
}

/** The choice as words of a command line: none for `wasm`, so that other commits' programs understand them. */
export function wordsOf({engine, software, device}: EngineChoice): readonly string[] {
  if (engine === 'wasm') return [];
  const card = device === undefined ? [] : ['--device', device];
  return ['--engine', engine, ...(software ? ['--software'] : []), ...card];
}

export async function startChosen(
  {engine: name, software, device}: EngineChoice,
  threads = os.availableParallelism(),
): Promise<Engine> {
  const {engine} = await startEngine({
    name,
    numerics: 'any',
    threads,
    gpu: !name.startsWith('wasm'),
    ...(software && {software}),
    ...(device !== undefined && {gpuAddress: device}),
  });
  return engine;
}

/** Gives the GPU back, if the engine uses one. */
export function closeEngine(engine: Engine): void {
  if (engine instanceof GpuEngine) engine.close();
}
