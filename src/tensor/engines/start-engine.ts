import {
  engineOptions,
  type EngineName,
  type EngineOptions,
  type EngineWish,
  type Numerics,
} from '../../base/engines.ts';
import type {Engine} from '../engine.ts';

/** A started engine, and how the choice came about, a line a candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The name it goes by, here and in records. */
  readonly name: EngineName;
  /** The options that it started with on this machine. */
  readonly options: EngineOptions & {readonly threads?: number};
  readonly why: readonly string[];
}

export interface EngineRequest {
  readonly name: EngineWish;
  /** `any` unless given. */
  readonly numerics?: Numerics;
  /** How many threads may compute. */
  readonly threads: number;
  /** Whether there is a GPU to compute on. */
  readonly gpu: boolean;
}

/**
 * Starts the engine asked for. `auto` takes native TensorFlow where there is a GPU and it works, and our own kernels
 * otherwise, which are the fastest on a CPU.
 */
export async function startEngine(request: EngineRequest): Promise<StartedEngine> {
  const {name: wish, numerics = 'any', threads, gpu} = request;
  const why: string[] = [];
  // Each is loaded only when it may run: TensorFlow.js takes a while.
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
