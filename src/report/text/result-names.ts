import type {Json, JsonObject} from '../../base/json.ts';
import {canonicalJson} from '../../base/canonical-json.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {Argument, ArgumentPart, Command} from '../../contract/command.ts';
import type {StoredResult} from '../../store/upkeep/inventory.ts';
import type {Key} from '../../store/records/record.ts';
import {shortenToWidth} from '../format/display-width.ts';

/** The parameters of a result; `undefined`: they are not known any more. */
export type ParamsOf = (result: StoredResult) => JsonObject | undefined;

/**
 * Readable names for results, whose keys mean nothing to a user: the stage type with the parameters in which it differs
 * from others of that type; for a program, its command line.
 */
export function resultNames(
  results: readonly StoredResult[],
  paramsOf: ParamsOf,
): ReadonlyMap<Key, string> {
  const names = new Map<Key, string>();
  const types = new Map<string, StoredResult[]>();
  for (const result of results) {
    const same = types.get(result.type);
    if (same === undefined) types.set(result.type, [result]);
    else same.push(result);
  }
  for (const [type, same] of types) {
    const params = same.map((result) => paramsOf(result) ?? {});
    const telling = tellingParams(params);
    for (const [index, {key}] of same.entries()) {
      names.set(key, nameOf(type, params[index]!, telling));
    }
  }
  return names;
}

function nameOf(type: string, params: JsonObject, telling: readonly string[]): string {
  if (type === '') return 'unreadable record';
  if (type === 'run' && 'arguments' in params) {
    return `run: ${shortenToWidth(commandText(params as Command), commandLength)}`;
  }
  const shown = telling.map((name) => `${name}=${short(ownProperty(params, name))}`).join(', ');
  return shown === '' ? type : `${type}[${shown}]`;
}

/** The parameters that differ; if none does, the first few. */
function tellingParams(all: readonly JsonObject[]): readonly string[] {
  const names = [...new Set(all.flatMap((params) => Object.keys(params)))];
  const differing = names.filter(
    (name) =>
      new Set(all.map((params) => canonicalJson(ownProperty(params, name) ?? null))).size > 1,
  );
  return (differing.length > 0 ? differing : names).slice(0, shownParams);
}

const shownParams = 4;
const shownLength = 24;
const commandLength = 48;

function short(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text;
}

/** The command line of a program, in pipeline syntax. */
function commandText({arguments: all}: Command): string {
  return all.map(argumentText).join(' ').replaceAll(/\s+/g, ' ');
}

function argumentText(argument: Argument): string {
  if (typeof argument === 'string' || !Array.isArray(argument)) {
    return partText(argument as ArgumentPart);
  }
  return (argument as readonly ArgumentPart[]).map(partText).join('');
}

function partText(part: ArgumentPart): string {
  if (typeof part === 'string') return part;
  return 'input' in part ? `\${inputs.${part.input}}` : `\${outputs.${part.output}}`;
}
