import type {EngineRequest} from '../../base/engines.ts';
import type {JsonObject} from '../../base/json.ts';
import type {Engine} from '../engine.ts';
import {engines, type EngineName} from './engines.ts';

/** A started engine, with a log of the choice: one line for each candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The engine's name in options, messages and records. */
  readonly name: EngineName;
  /** The options in effect on this machine. */
  readonly options: JsonObject;
  readonly why: readonly string[];
}

/**
 * Starts the engine asked for. `auto` uses native TensorFlow if there is a GPU and it works, and otherwise our own
 * kernels, which are the fastest on a CPU.
 * @throws RangeError if there is no such engine
 */
export async function startEngine(request: EngineRequest): Promise<StartedEngine> {
  const {name: requested, numerics, threads, gpu} = request;
  const why: string[] = [];
  // Each engine is imported only when needed: TensorFlow.js loads slowly.
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
