import type {Contract} from '../src/contract/contract.ts';
import type {StageContext} from '../src/contract/stage.ts';
import type {Engine} from '../src/tensor/engine.ts';
import {startEngine} from '../src/tensor/engines/start-engine.ts';

/** Starts the engine the run asked for, and says in the record which one that came to. */
export async function stageEngine<C extends Contract>(context: StageContext<C>): Promise<Engine> {
  const {engine} = await startEngine(context.engine);
  context.provenance({
    engine: engine.name,
    engineDescription: engine.description,
    ...(context.engine.gpu && {gpu: true}),
  });
  context.log(`engine ${engine.name}: ${engine.description}`);
  return engine;
}
