import {env, platform} from 'node:process';
import {cacheFolder} from '../../base/user-folders.ts';
import type {EngineRequest} from '../../base/engines.ts';
import type {JsonObject} from '../../base/json.ts';
import type {Engine} from '../engine.ts';
import type {Candidate, Trial} from './auto/choose-fastest.ts';
import type {Surroundings} from './auto/start-fastest.ts';
import {whyChosen} from './auto/why-chosen.ts';
import {engines, type EngineName} from './engines.ts';
import {UnavailableError} from './gpu/errors.ts';
import {importTfjs, nativePackage} from './tfjs/import-tfjs.ts';

/** A started engine, with a log of the choice: one line for each candidate. */
export interface StartedEngine {
  readonly engine: Engine;
  /** The engine's name in options, messages and records. */
  readonly name: EngineName;
  /** The options in effect on this machine. */
  readonly options: JsonObject;
  readonly why: readonly string[];
  /** The outcome of each engine that `auto` could have chosen for the GPU, if there is a GPU. */
  readonly trials?: readonly Trial[];
  /** Gives back what the engine holds of a device. Absent: nothing. */
  readonly close?: () => void;
}

export interface StartOptions {
  /** Whether `auto` measures engines although their times are known from an earlier start. */
  readonly isAnew?: boolean;
}

/**
 * Starts the engine asked for. With a GPU, `auto` uses the engine that was the fastest when all were measured here; without,
 * our own kernels for CPUs, which are the fastest there.
 * @throws RangeError if there is no such engine
 * @throws UnavailableError if it does not work on this machine
 */
export async function startEngine(
  request: EngineRequest,
  options: StartOptions = {},
): Promise<StartedEngine> {
  const {name} = request;
  if (name === 'auto') return await startAuto(request, options);
  if (!isEngineName(name)) throw new RangeError(`There is no engine ${name}.`);
  const {tried, ...started} = await start(name, request);
  return {...started, why: [`engine ${name}: as asked`, ...tried]};
}

async function startAuto(request: EngineRequest, options: StartOptions): Promise<StartedEngine> {
  if (!request.gpu) {
    const {tried, ...started} = await start('wasm', request);
    return {...started, why: ['engine wasm: the fastest on a CPU', ...tried]};
  }
  const candidate = (name: EngineName): Candidate<Start> => ({
    name,
    start: () => (name === 'tfjs' ? startNativeTfjs() : start(name, request)),
  });
  const {startFastest} = await import('./auto/start-fastest.ts');
  const found = await startFastest(
    {gpus: gpuEngines.map(candidate), cpu: candidate('wasm')},
    {...options, ...(await surroundingsOf(request))},
  );
  const {tried, ...started} = found.started;
  const why = whyChosen(started.name, found);
  return {...started, why: [...why.slice(0, 1), ...tried, ...why.slice(1)], trials: found.trials};
}

/** The engines that may be the fastest on a GPU. */
const gpuEngines = ['webgpu', 'opencl', 'tfjs'] as const satisfies readonly EngineName[];

async function surroundingsOf(request: EngineRequest): Promise<Surroundings> {
  const {calibrationTask} = await import('./auto/calibration-task.ts');
  const {ChoiceFile} = await import('./auto/kept-choice.ts');
  const {machineFacts} = await import('./auto/machine-facts.ts');
  const folder = cacheFolder(env);
  return {
    makeTask: () => calibrationTask(),
    threads: request.threads,
    ...(folder !== undefined && {file: new ChoiceFile(folder, machineFacts(request))}),
    now: () => performance.now(),
    today: () => new Date(),
  };
}

interface Start extends Omit<StartedEngine, 'why' | 'trials'> {
  /** The reasons of the choice, a line each. */
  readonly tried: readonly string[];
}

/**
 * More threads of a `wasm` engine gain nothing, or lose, in a step of a small network, by the simulation of
 * `npm run bench:profile -- --threads 16,32,64`: they would wait for each other most of the time.
 */
export const mostThreads = 32;

/** Each engine is imported only when needed: TensorFlow.js loads slowly. */
async function start(name: EngineName, request: EngineRequest): Promise<Start> {
  const {numerics} = request;
  const threads = Math.min(request.threads, mostThreads);
  switch (name) {
    case 'webgpu':
    case 'webgpu-precise': {
      checkWhole(request);
      const {startWebGpuEngine} = await import('./webgpu/start-webgpu-engine.ts');
      const options = engines[name].options;
      const {engine, why} = await startWebGpuEngine({...options, ...cardFor(request)});
      return {engine, name, options, tried: why, close: () => engine.close()};
    }
    case 'opencl':
    case 'opencl-precise': {
      const {startOpenClEngine} = await import('./opencl/start-opencl-engine.ts');
      const options = engines[name].options;
      const {engine, why} = await startOpenClEngine({...options, ...cardFor(request)});
      return {engine, name, options, tried: why, close: () => engine.close()};
    }
    case 'tfjs': {
      const {startTfjsEngine} = await importTfjs(() => import('./tfjs/tfjs-engine.ts'));
      const engine = await startTfjsEngine();
      return {engine, name, options: {}, tried: engine.backend.why};
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

/** The card that an engine for GPUs may use. A stage that holds none must not use one that another holds. */
function cardFor({gpu, gpuAddress, isOnlyGpu, software}: EngineRequest): {
  readonly pciAddress?: string;
  readonly isOnlyGpu?: boolean;
  readonly software?: boolean;
} {
  // Elsewhere the runner finds no GPUs.
  if (!gpu && software !== true && platform === 'linux') {
    throw new UnavailableError(
      'No GPU is held: a stage asks for one by `resources: {device: 1}`, and `pipeline devices` shows which there are.',
    );
  }
  return {
    ...(gpuAddress !== undefined && {pciAddress: gpuAddress}),
    ...(isOnlyGpu !== undefined && {isOnlyGpu}),
    ...(software !== undefined && {software}),
  };
}

/** Vulkan knows no parts of cards, and would compute on a whole one that another instance may hold. */
function checkWhole({software}: EngineRequest): void {
  if (software === true || env['CUDA_VISIBLE_DEVICES']?.startsWith('MIG-') !== true) return;
  throw new UnavailableError('Vulkan knows no parts of GPUs (MIG): use --engine opencl.');
}

/** The engine `tfjs` on its slow backend is no candidate: our own kernels for CPUs are faster. */
async function startNativeTfjs(): Promise<Start> {
  const {startNativeTfjsEngine} = await importTfjs(
    () => import('./tfjs/tfjs-engine.ts'),
    nativePackage,
  );
  const engine = await startNativeTfjsEngine();
  return {engine, name: 'tfjs', options: {}, tried: engine.backend.why};
}

function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engines, name);
}
