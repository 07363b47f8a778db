import type {EngineChoice} from '../../src/contract/stage.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** Which engine a stage would run on here, and why: what `pipeline doctor` prints. */
export async function probeEngine(
  choice: EngineChoice,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  const {engine, name, why} = await startEngine(choice);
  return {engine: `${name} (${engine.description})`, lines: why};
}
