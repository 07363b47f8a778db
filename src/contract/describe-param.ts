import type {Json} from '../base/json.ts';
import {showChoices, showNames} from '../diagnostics/show-value.ts';
import {visiblePattern, type Param} from './param.ts';

/**
 * A description of the valid values of a parameter, to follow "must be": `an integer ≥ 1`, `"ipc" or "epochs"`, `a list
 * of numbers`.
 */
export function describeParam(param: Param): string {
  if (param.expected !== undefined) return param.expected;
  const choices = choicesOf(param);
  if (choices !== undefined) return showChoices(choices);
  if (param.anyOf !== undefined) return param.anyOf.map(describeParam).join(' or ');
  return param.type === undefined ? 'anything' : kinds[param.type](param);
}

const kinds: Readonly<Record<NonNullable<Param['type']>, (param: Param) => string>> = {
  integer: (param) => `an integer${boundsOf(param)}`,
  number: (param) => `a number${boundsOf(param)}`,
  string: ({pattern}) => `text${patternText(pattern)}`,
  boolean: () => 'true or false',
  null: () => 'null',
  array: (param) =>
    `a list${lengthOf(param)}${param.items ? `, each ${describeParam(param.items)}` : ''}`,
  object: (param) => `a mapping${keysOf(param)}`,
};

function patternText(pattern: string | undefined): string {
  if (pattern === undefined) return '';
  return pattern === visiblePattern ? ' without control characters' : ` that matches /${pattern}/`;
}

/** All valid values of a parameter, if it lists them. */
export function choicesOf(param: Param): readonly Json[] | undefined {
  if (param.const !== undefined) return [param.const];
  if (param.enum !== undefined) return param.enum;
  const alternatives = param.anyOf?.map(choicesOf);
  if (alternatives === undefined || alternatives.includes(undefined)) return undefined;
  return alternatives.flatMap((choices) => choices!);
}

function boundsOf(param: Param): string {
  const bounds = [
    param.minimum !== undefined && `≥ ${param.minimum}`,
    param.exclusiveMinimum !== undefined && `> ${param.exclusiveMinimum}`,
    param.maximum !== undefined && `≤ ${param.maximum}`,
    param.exclusiveMaximum !== undefined && `< ${param.exclusiveMaximum}`,
    param.multipleOf !== undefined && `a multiple of ${param.multipleOf}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function lengthOf({minItems, maxItems}: Param): string {
  if (minItems === undefined && maxItems === undefined) return '';
  if (minItems === maxItems) return ` of ${minItems}`;
  if (maxItems === undefined) return ` of ${minItems} or more`;
  return ` of ${minItems ?? 0} to ${maxItems}`;
}

function keysOf({properties, values}: Param): string {
  if (values !== undefined) return ` whose values are ${describeParam(values)}`;
  const keys = Object.keys(properties ?? {});
  return keys.length === 0 ? '' : ` with ${showNames(keys)}`;
}
