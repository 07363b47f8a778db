import {canonicalJson} from '../base/canonical-json.ts';
import type {JsonObject} from '../base/json.ts';
import type {Command} from '../contract/command.ts';

/**
 * The kind of an instance, whose members estimates treat as alike: instances of one stage type, or of one program with
 * the same outputs. It begins with the stage type, possibly followed by a space and more.
 */
export function kindOf(type: string, params: JsonObject): string {
  if (type !== 'run') return type;
  const {arguments: words, outputs} = params as Command;
  return `run ${canonicalJson([words[0]!, outputs])}`;
}
