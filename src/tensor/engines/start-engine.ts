import type {EngineRequest} from '../../base/engines.ts';
import type {JsonObject} from '../../base/json.ts';
import type {Engine} from '../engine.ts';
import {engines, type EngineName} from './engines.ts';

/** A started engine, and how the choice came about, a line a candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The name it goes by, here and in records. */
  readonly name: EngineName;
  /** The options that it started with on this machine. */
  readonly options: JsonObject;
  readonly why: readonly string[];
}

/**
 * Starts the engine asked for. `auto` takes native TensorFlow where there is a GPU and it works, and our own kernels
 * otherwise, which are the fastest on a CPU.
 * @throws RangeError if there is no such engine
 */
export async function startEngine(request: EngineRequest): Promise<StartedEngine> {
  const {name: requested, numerics, threads, gpu} = request;
  const why: string[] = [];
  // Each is loaded only when it may run: TensorFlow.js takes a while.
  if (requested === 'tfjs' || (requested === 'auto' && gpu)) {
    const {startTfjsEngine} = await import('./tfjs/tfjs-engine.ts');
    const engine = await startTfjsEngine();
    const {isNative, why: tried} = engine.backend;
    const started = {engine, name: 'tfjs', options: {}} as const;
    if (requested === 'tfjs') return {...started, why: ['engine tfjs: as asked', ...tried]};
    if (isNative) return {...started, why: ['engine tfjs: the fastest that works here', ...tried]};
    why.push('engine tfjs: cannot use the GPU here', ...tried.slice(0, -1));
  }
  const name = requested === 'auto' ? 'wasm' : requested;
  if (name !== 'wasm' && name !== 'wasm-precise')
    throw new RangeError(`There is no engine ${name}.`);
  const options = engines[name][numerics === 'bitwise' ? 'bitwise' : 'options'];
  const {startWasmEngine} = await import('./wasm/wasm-engine.ts');
  const engine = startWasmEngine({threads, ...options});
  const asked = requested === 'auto' ? 'the fastest on a CPU' : 'as asked';
  return {
    engine,
    name,
    options: {...options, fused: engine.isFused, threads},
    why: [`engine ${name}: ${asked}`, ...why],
  };
}
