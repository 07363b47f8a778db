import type {EngineRequest} from '../../base/engines.ts';
import type {EngineName} from './engines.ts';
import {UnavailableError} from './gpu/errors.ts';
import type {Engines} from './replicas.ts';
import {startEngine, type StartedEngine} from './start-engine.ts';

/** Started engines of one kind, one for each device, with a log of the choice. */
export interface StartedEngines extends Omit<StartedEngine, 'engine'> {
  readonly engines: Engines;
}

/**
 * Starts the engine asked for, on the first GPU that may be used, and the same engine on each of the others, if it is one
 * that takes a certain GPU. GPUs of another kind than the first give other bytes, and stay idle.
 * @throws RangeError if there is no such engine
 * @throws UnavailableError if it does not work on this machine
 */
export async function startEngines(request: EngineRequest): Promise<StartedEngines> {
  const {engine: first, why, ...started} = await startEngine(request);
  const rest: Engines[number][] = [];
  const notes: string[] = [];
  const {gpuAddresses: addresses = []} = request;
  const others = takesCertainGpu(started.name) ? addresses.slice(1) : [];
  if (others.length + 1 < addresses.length) {
    notes.push(`engine ${started.name} uses one device: other GPUs stay idle`);
  }
  for (const gpuAddress of others) {
    const other = await startOn(gpuAddress, {...request, name: started.name});
    const isIdle = (reason: string) => notes.push(`the GPU at ${gpuAddress} stays idle: ${reason}`);
    if (typeof other === 'string') isIdle(other);
    else if (other.engine.description === first.description) rest.push(other.engine);
    else {
      isIdle(other.engine.description);
      other.close?.();
    }
  }
  return {...started, engines: [first, ...rest], why: [...why, ...notes]};
}

/** The engine on a GPU, or the reason why it cannot be used there. */
async function startOn(
  gpuAddress: string,
  request: EngineRequest,
): Promise<StartedEngine | string> {
  try {
    return await startEngine({...request, gpuAddress});
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
}

function takesCertainGpu(name: EngineName): boolean {
  return name.startsWith('webgpu') || name.startsWith('opencl');
}
