import type {Json} from '../base/json.ts';
import {showChoices, showNames} from '../diagnostics/show-value.ts';

/** As much of JSON Schema as contracts use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What a schema accepts, to follow "must be": `an integer ≥ 1`, `"ipc" or "epochs"`, `a list of numbers`. */
export function describeSchema(schema: Schema): string {
  const choices = choicesOf(schema);
  if (choices !== undefined) return showChoices(choices);
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return alternatives.map(describeSchema).join(' or ');
  if (Array.isArray(schema.type)) {
    return schema.type.map((type: string) => describeSchema({...schema, type})).join(' or ');
  }
  const describe = kinds[schema.type as string];
  return describe === undefined ? 'what its schema says' : describe(schema);
}

const kinds: Readonly<Record<string, (schema: Schema) => string>> = {
  integer: (schema) => `an integer${boundsOf(schema)}`,
  number: (schema) => `a number${boundsOf(schema)}`,
  string: ({pattern}) => `text${pattern === undefined ? '' : ` that matches /${pattern}/`}`,
  boolean: () => 'true or false',
  null: () => 'null',
  array: (schema) =>
    `a list${lengthOf(schema)}${schema.items ? `, each ${describeSchema(schema.items)}` : ''}`,
  object: (schema) => `a mapping${keysOf(schema)}`,
};

/** All values a schema accepts, when it lists them. */
export function choicesOf(schema: Schema): readonly Json[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  const alternatives = (schema.anyOf ?? schema.oneOf)?.map(choicesOf);
  if (alternatives === undefined || alternatives.includes(undefined)) return undefined;
  return alternatives.flatMap((choices) => choices!);
}

function boundsOf(schema: Schema): string {
  const bounds = [
    schema.minimum !== undefined && `≥ ${schema.minimum}`,
    schema.exclusiveMinimum !== undefined && `> ${schema.exclusiveMinimum}`,
    schema.maximum !== undefined && `≤ ${schema.maximum}`,
    schema.exclusiveMaximum !== undefined && `< ${schema.exclusiveMaximum}`,
    schema.multipleOf !== undefined && `a multiple of ${schema.multipleOf}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function lengthOf({minItems, maxItems}: Schema): string {
  if (minItems === undefined && maxItems === undefined) return '';
  if (minItems === maxItems) return ` of ${minItems}`;
  if (maxItems === undefined) return ` of ${minItems} or more`;
  return ` of ${minItems ?? 0} to ${maxItems}`;
}

function keysOf({properties}: Schema): string {
  const keys = Object.keys(properties ?? {});
  return keys.length === 0 ? '' : ` with ${showNames(keys)}`;
}
