import type {EngineRequest} from '../../../src/base/engines.ts';

export function probeEngine(
  request: EngineRequest,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  return Promise.resolve({engine: 'scripted', lines: [`asked for ${request.name}`]});
}
