import type {EngineRequest} from '../../src/base/engines.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** Which engine a stage would run on here, and why: what `pipeline doctor` prints. */
export async function probeEngine(
  request: EngineRequest,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  const {engine, name, why} = await startEngine(request);
  return {engine: `${name} (${engine.description})`, lines: why};
}
