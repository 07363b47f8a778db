import type {Contract} from '../../src/contract/contract.ts';
import {StageError, type StageContext} from '../../src/contract/stage.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {UnavailableError} from '../../src/tensor/engines/gpu/errors.ts';
import {choiceText} from '../../src/tensor/engines/auto/why-chosen.ts';
import {asOneEngine, type Engines} from '../../src/tensor/engines/replicas.ts';
import {startEngines, type StartedEngines} from '../../src/tensor/engines/start-engines.ts';

/**
 * Starts the engine that the run asked for, and records which one was started. If the instance holds several GPUs, it is
 * an engine on each, which share the parts of batches.
 * @throws StageError if this machine lacks something for it
 */
export async function stageEngine<C extends Contract>(context: StageContext<C>): Promise<Engine> {
  return asOneEngine(await stageEngines(context));
}

/**
 * Starts an engine on each GPU that the instance holds, or the only engine there is, and records it.
 * @throws StageError if this machine lacks something for it
 */
export async function stageEngines<C extends Contract>(context: StageContext<C>): Promise<Engines> {
  const {engines, name, options, why, trials} = await startFor(context);
  const {numerics, gpu, gpuAddresses = []} = context.engine;
  const {length: count} = engines;
  const {description} = engines[0];
  context.provenance({
    engine: name,
    ...options,
    numerics,
    engineDescription: description,
    ...(gpu && {gpu}),
    ...(trials && {engineChoice: choiceText(trials)}),
    ...(count > 1 && {gpus: count}),
  });
  context.log(`engine ${name}: ${count > 1 ? `${count} × ` : ''}${description}`);
  // Without a GPU there was nothing to choose, and with one GPU no other that may stay idle.
  if (trials !== undefined || gpuAddresses.length > 1) for (const line of why) context.log(line);
  return engines;
}

async function startFor<C extends Contract>({engine}: StageContext<C>): Promise<StartedEngines> {
  try {
    return await startEngines(engine);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    throw new StageError(`The engine ${engine.name} cannot be used here. ${error.message}`);
  }
}
