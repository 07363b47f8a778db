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
  const {name} = request;
  if (name === 'auto') return await startFastest(request);
  if (!isEngineName(name)) throw new RangeError(`There is no engine ${name}.`);
  const {tried, ...started} = await start(name, request);
  return {...started, why: [`engine ${name}: as asked`, ...tried]};
}

async function startFastest(request: EngineRequest): Promise<StartedEngine> {
  const refused: string[] = [];
  if (request.gpu) {
    const {tried, isNative, ...started} = await startTfjs();
    if (isNative) return {...started, why: ['engine tfjs: the fastest that works here', ...tried]};
    refused.push('engine tfjs: cannot use the GPU here', ...tried.slice(0, -1));
  }
  const {tried, ...started} = await start('wasm', request);
  return {...started, why: ['engine wasm: the fastest on a CPU', ...tried, ...refused]};
}

interface Start extends Omit<StartedEngine, 'why'> {
  /** The backends that were tried, a line each. */
  readonly tried: readonly string[];
}

/** Each engine is imported only when needed: TensorFlow.js loads slowly. */
async function start(name: EngineName, {numerics, threads}: EngineRequest): Promise<Start> {
  switch (name) {
    case 'tfjs': {
      const {isNative: _, ...started} = await startTfjs();
      return started;
    }
    case 'wasm':
    case 'wasm-precise': {
      const {startWasmEngine} = await import('./wasm/wasm-engine.ts');
      const options = engines[name][numerics === 'bitwise' ? 'bitwise' : 'options'];
      const engine = startWasmEngine({threads, ...options});
      return {engine, name, options: {...options, fused: engine.isFused, threads}, tried: []};
    }
  }
}

async function startTfjs(): Promise<Start & {readonly isNative: boolean}> {
  const {startTfjsEngine} = await import('./tfjs/tfjs-engine.ts');
  const engine = await startTfjsEngine();
  const {isNative, why} = engine.backend;
  return {engine, name: 'tfjs', options: {}, tried: why, isNative};
}

function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engines, name);
}
