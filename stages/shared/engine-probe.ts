import type {EngineChoice} from '../../src/contract/stage.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** The engine that a stage would use on this machine, and why, for `pipeline doctor`. */
export async function probeEngine(
  choice: EngineChoice,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  const {engine, name, why} = await startEngine(choice);
  return {engine: `${name} (${engine.description})`, lines: why};
}
