import type {Json, JsonObject} from '../base/json.ts';

/**
 * The schema of a parameter: the part of JSON Schema that contracts use, and whether it may be left out. A parameter
 * without `default` that is not `optional` must be given.
 */
export interface Param {
  readonly description?: string;
  /** What messages say that it must be, where the schema would be hard to read: `64 hex digits`. */
  readonly expected?: string;
  /** Of a text with a pattern: the words of which it is made. A message names the one that is none of them. */
  readonly words?: readonly string[];
  readonly default?: Json;
  /** The default holds only where this other parameter is absent; otherwise the stage sees none. */
  readonly defaultUnless?: string;
  /** May be left out; the stage then does not see it. */
  readonly optional?: true;
  readonly type?: 'integer' | 'number' | 'string' | 'boolean' | 'null' | 'array' | 'object';
  readonly const?: Json;
  readonly enum?: readonly Json[];
  /** Words that others use, in lower-case letters and digits, and what to suggest in their place. */
  readonly meanings?: Readonly<Record<string, string>>;
  readonly anyOf?: readonly Param[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly items?: Param;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Params;
  /** What each value of a mapping is whose keys may be any. */
  readonly values?: Param;
}

/**
 * The pattern of a text without invisible characters: no controls, no marks that change the direction of text, no line
 * separators. The ranges are written out, since not every editor that reads the schemas knows classes of Unicode.
 */
export const visiblePattern =
  '^[^\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]*$';

/** Parameters by name. */
export type Params = Readonly<Record<string, Param>>;

/** The values of parameters after validation, with defaults. */
export type ParamValues<P extends Params> = {
  readonly [name in keyof P as P[name] extends MaybeAbsent ? never : name]: ParamValue<P[name]>;
} & {
  readonly [name in keyof P as P[name] extends MaybeAbsent ? name : never]?: ParamValue<P[name]>;
};

type MaybeAbsent = {readonly optional: true} | {readonly defaultUnless: string};

type ParamValue<P> = P extends {readonly const: infer Value}
  ? Value
  : P extends {readonly enum: readonly (infer Value)[]}
    ? Value
    : P extends {readonly anyOf: readonly (infer Choice)[]}
      ? ParamValue<Choice>
      : P extends {readonly type: keyof Primitives}
        ? Primitives[P['type']]
        : P extends {readonly type: 'array'; readonly items: infer Item}
          ? readonly ParamValue<Item>[]
          : P extends {readonly type: 'object'; readonly properties: infer Fields extends Params}
            ? ParamValues<Fields>
            : P extends {readonly type: 'object'; readonly values: infer Value}
              ? Readonly<Record<string, ParamValue<Value>>>
              : Json;

interface Primitives {
  readonly integer: number;
  readonly number: number;
  readonly string: string;
  readonly boolean: boolean;
  readonly null: null;
}

/** The JSON Schema of a mapping with these parameters. Other names are allowed. */
export function paramsSchema(params: Params): JsonObject {
  const required = Object.keys(params).filter(
    (name) => params[name]!.optional !== true && params[name]!.default === undefined,
  );
  const properties = Object.entries(params).map(
    ([name, param]) => [name, schemaOf(param)] as const,
  );
  return {type: 'object', properties: Object.fromEntries(properties), required};
}

function schemaOf(param: Param): JsonObject {
  // `required` in the enclosing schema expresses whether it may be left out; words and suggestions are for messages.
  const {
    optional: _optional,
    defaultUnless: _defaultUnless,
    meanings: _meanings,
    expected: _expected,
    words: _words,
    properties,
    values,
    items,
    anyOf,
    ...schema
  } = param;
  return {
    ...schema,
    ...(anyOf === undefined ? {} : {anyOf: anyOf.map(schemaOf)}),
    ...(items === undefined ? {} : {items: schemaOf(items)}),
    // Unknown names inside a parameter are not allowed.
    ...(properties === undefined ? {} : {...paramsSchema(properties), additionalProperties: false}),
    ...(values === undefined ? {} : {additionalProperties: schemaOf(values)}),
  };
}
