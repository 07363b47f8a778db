import {canonicalJson} from '../base/canonical-json.ts';
import type {JsonObject} from '../base/json.ts';
import type {Command} from '../contract/command.ts';

/**
 * What estimates take to be alike: instances of one stage type, and runs of one program with the same outputs. Begins
 * with the stage type, and goes on after a space if at all.
 */
export function kindOf(type: string, params: JsonObject): string {
  if (type !== 'run') return type;
  const {arguments: words, outputs} = params as Command;
  return `run ${canonicalJson([words[0]!, outputs])}`;
}
