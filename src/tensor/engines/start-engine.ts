import {
  engineOptions,
  type EngineName,
  type EngineOptions,
  type EngineWish,
  type Numerics,
} from '../../base/engines.ts';
import type {Engine} from '../engine.ts';

/** A started engine, with a log of the choice: one line for each candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The engine's name in options, messages and records. */
  readonly name: EngineName;
  /** The options in effect on this machine. */
  readonly options: EngineOptions & {readonly threads?: number};
  readonly why: readonly string[];
}

export interface EngineRequest {
  readonly name: EngineWish;
  /** Defaults to `any`. */
  readonly numerics?: Numerics;
  /** The number of threads that may compute. */
  readonly threads: number;
  /** Whether a GPU is available. */
  readonly gpu: boolean;
}

/**
 * Starts the engine asked for. `auto` uses native TensorFlow if there is a GPU and it works, and otherwise our own
 * kernels, which are the fastest on a CPU.
 */
export async function startEngine(request: EngineRequest): Promise<StartedEngine> {
  const {name: wish, numerics = 'any', threads, gpu} = request;
  const why: string[] = [];
  // Each engine is imported only when needed: TensorFlow.js loads slowly.
  if (wish === 'tfjs' || (wish === 'auto' && gpu)) {
    const {startTfjsEngine} = await import('./tfjs/tfjs-engine.ts');
    const engine = await startTfjsEngine();
    const {isNative, why: tried} = engine.backend;
    const started = {engine, name: 'tfjs', options: {}} as const;
    if (wish === 'tfjs') return {...started, why: ['engine tfjs: as asked', ...tried]};
    if (isNative) return {...started, why: ['engine tfjs: the fastest that works here', ...tried]};
    why.push('engine tfjs: cannot use the GPU here', ...tried.slice(0, -1));
  }
  const name = wish === 'auto' ? 'wasm' : wish;
  const options = engineOptions(name, numerics);
  const {startWasmEngine} = await import('./wasm/wasm-engine.ts');
  const engine = startWasmEngine({threads, ...options});
  const asked = wish === 'auto' ? 'the fastest on a CPU' : 'as asked';
  return {
    engine,
    name,
    options: {...options, fused: engine.isFused, threads},
    why: [`engine ${name}: ${asked}`, ...why],
  };
}
