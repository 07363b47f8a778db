import type {Contract} from '../../src/contract/contract.ts';
import type {StageContext} from '../../src/contract/stage.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** Starts the engine that the run asked for, and records which one was started. */
export async function stageEngine<C extends Contract>(context: StageContext<C>): Promise<Engine> {
  const {engine, name, options} = await startEngine(context.engine);
  const {numerics, gpu} = context.engine;
  context.provenance({
    engine: name,
    ...options,
    numerics,
    engineDescription: engine.description,
    ...(gpu && {gpu}),
  });
  context.log(`engine ${name}: ${engine.description}`);
  return engine;
}
