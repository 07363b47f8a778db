import type {Engine} from '../engine.ts';

/** The engines there are. */
export type EngineName = 'wasm' | 'tfjs';

/** A started engine, and how the choice came about, a line a candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  readonly why: readonly string[];
}

export interface EngineWish {
  readonly name: 'auto' | EngineName;
  /** How many threads may compute. */
  readonly threads: number;
  /** Whether there is a GPU to compute on. */
  readonly gpu: boolean;
}

/**
 * Starts the engine asked for. `auto` takes native TensorFlow where there is a GPU and it works, and our own kernels
 * otherwise, which are the fastest on a CPU.
 */
export async function startEngine({name, threads, gpu}: EngineWish): Promise<StartedEngine> {
  const why: string[] = [];
  // Each is loaded only when it may run: TensorFlow.js takes a while.
  if (name === 'tfjs' || (name === 'auto' && gpu)) {
    const {startTfjsEngine} = await import('./tfjs/tfjs-engine.ts');
    const engine = await startTfjsEngine();
    const {isNative, why: tried} = engine.backend;
    if (name === 'tfjs') return {engine, why: ['engine tfjs: as asked', ...tried]};
    if (isNative) return {engine, why: ['engine tfjs: the fastest that works here', ...tried]};
    why.push('engine tfjs: cannot use the GPU here', ...tried.slice(0, -1));
  }
  const {startWasmEngine} = await import('./wasm/wasm-engine.ts');
  const engine = startWasmEngine({threads});
  const asked = name === 'auto' ? 'the fastest on a CPU' : 'as asked';
  return {engine, why: [`engine wasm: ${asked}`, ...why]};
}
