import type {EngineRequest} from '../../src/base/engines.ts';
import type {Trial} from '../../src/tensor/engines/auto/choose-fastest.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** The engine that a stage would use on this machine, and why, for `pipeline doctor` and `pipeline devices`. */
export interface ProbedEngine {
  readonly name: string;
  readonly description: string;
  readonly usesGpu: boolean;
  /** A line each. */
  readonly why: readonly string[];
  /** The outcome of each engine that `auto` could have chosen for the GPU, if there is a GPU. */
  readonly trials?: readonly Trial[];
}

/** @param options whether engines are measured although their times are known from an earlier start */
export async function probeEngine(
  request: EngineRequest,
  options: {readonly isAnew: boolean},
): Promise<ProbedEngine> {
  const {engine, name, why, trials, close} = await startEngine(request, options);
  const {description} = engine;
  close?.();
  const isIdle = request.name === 'auto' && !request.gpu;
  return {
    name,
    description,
    usesGpu: !name.startsWith('wasm'),
    why: isIdle
      ? [...why, 'engines webgpu, opencl, tfjs: not tried, since no GPU can be used']
      : why,
    ...(trials && {trials}),
  };
}
