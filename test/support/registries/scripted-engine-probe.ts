import type {EngineChoice} from '../../../src/contract/stage.ts';

export function probeEngine(
  choice: EngineChoice,
): Promise<{readonly engine: string; readonly lines: readonly string[]}> {
  return Promise.resolve({engine: 'scripted', lines: [`asked for ${choice.name}`]});
}
