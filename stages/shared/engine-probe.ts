import type {EngineRequest} from '../../src/base/engines.ts';
import {startEngine} from '../../src/tensor/engines/start-engine.ts';

/** The engine that a stage would use on this machine, and why, for `pipeline doctor`. */
export async function probeEngine(
  request: EngineRequest,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  const {engine, name, why} = await startEngine(request);
  return {engine: `${name} (${engine.description})`, lines: why};
}
