import {createRequire} from 'node:module';
import type {Ajv, ErrorObject, Options} from 'ajv';
import type {JsonObject} from '../base/json.ts';
import {showValue} from '../diagnostics/show-value.ts';
import {ownProperty} from '../base/own-property.ts';
import type {Contract} from '../contract/contract.ts';
import {containers, mediaName, textForms, type Media} from '../contract/media.ts';
import {paramsSchema, type Params} from '../contract/param.ts';

/**
 * The faults of a contract that no compiler has checked, each as the end of a sentence: its shape, the schemas of its
 * parameters by the rules of JSON Schema and ajv's strict mode, defaults that are invalid values, and media that no
 * contract declares. Empty: none.
 * @param known the media of other contracts
 */
export function contractFaults(contract: unknown, known: Media): readonly string[] {
  const names = [...known.keys(), ...declaredNames(contract)];
  const check = newAjv({allErrors: true}).compile(contractSchema([...new Set(names)]));
  if (!check(contract)) return (check.errors ?? []).filter(isCause).map(faultOf);
  const declared = contract as Contract;
  return [...codeFaults(declared), ...paramFaults(declared.params), ...goesOnFaults(declared)];
}

/** The names of media that a contract of any shape declares. */
function declaredNames(contract: unknown): readonly string[] {
  const {media} = (contract ?? {}) as {readonly media?: unknown};
  if (!Array.isArray(media)) return [];
  const names = media.map((one: unknown) => ((one ?? {}) as {readonly name?: unknown}).name);
  return names.filter((name) => typeof name === 'string');
}

const flag = {const: true};
const text = {type: 'string'};
const name = {type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$'};

/** A `MediaDefinition`. */
const definition = {
  type: 'object',
  required: ['name', 'extension', 'container', 'summary'],
  additionalProperties: false,
  properties: {
    name: {type: 'string', pattern: mediaName.source},
    extension: {type: 'string', pattern: '^[a-z0-9]+$'},
    container: {enum: containers},
    finite: {anyOf: [{const: 'all'}, {type: 'array', items: text}]},
    form: {enum: textForms},
    summary: text,
  },
};

function contractSchema(media: readonly string[]): JsonObject {
  const properties = {media: {enum: media}, summary: text, many: flag};
  const port = {
    type: 'object',
    required: ['media', 'summary'],
    additionalProperties: false,
    properties,
  };
  const inputPort = {...port, properties: {...properties, optional: flag, partial: flag}};
  const outputPort = {...port, properties: {...properties, product: flag}};
  return {
    type: 'object',
    required: ['type', 'version', 'summary', 'params', 'inputs', 'outputs'],
    additionalProperties: false,
    properties: {
      type: {type: 'string', pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'},
      version: {type: 'integer', minimum: 1},
      summary: text,
      params: {type: 'object', propertyNames: name, additionalProperties: {type: 'object'}},
      inputs: {type: 'object', propertyNames: name, additionalProperties: inputPort},
      outputs: {type: 'object', propertyNames: name, additionalProperties: outputPort},
      media: {type: 'array', items: definition},
      goesOn: {
        type: 'object',
        required: ['by', 'output', 'input'],
        additionalProperties: false,
        properties: {by: text, output: text, input: text},
      },
      engine: flag,
      facts: {},
      check: {},
      reads: {},
    },
  };
}

/** Whether an error is a cause: an error about a name itself makes the one about its property superfluous. */
function isCause({keyword}: ErrorObject): boolean {
  return keyword !== 'propertyNames';
}

function faultOf({instancePath, keyword, params, message = '', data, propertyName}: ErrorObject) {
  const where = instancePath === '' ? 'it' : `\`${instancePath.slice(1).replaceAll('/', '.')}\``;
  switch (keyword) {
    case 'required':
      return `${where} has no \`${String(params['missingProperty'])}\``;
    case 'additionalProperties':
      return `${where} can have no \`${String(params['additionalProperty'])}\``;
    case 'enum':
      return `${where} is not a known media, got ${showValue(data as JsonObject)}`;
    case 'pattern': {
      const at = propertyName === undefined ? '' : 'a name in ';
      return `${at}${where} must match ${String(params['pattern'])}, got ${showValue(data as JsonObject)}`;
    }
    default:
      return `${where} ${message}`;
  }
}

/** JSON Schema knows no functions. */
function codeFaults(contract: Contract): readonly string[] {
  return (['facts', 'check'] as const).flatMap((name) => {
    const isSound = contract[name] === undefined || typeof contract[name] === 'function';
    return isSound ? [] : [`\`${name}\` must be a function`];
  });
}

/** The faults of `goesOn`: names of the wrong parameter, output or input. */
function goesOnFaults({goesOn, params, inputs, outputs}: Contract): readonly string[] {
  if (goesOn === undefined) return [];
  const {by, output, input} = goesOn;
  const param = ownProperty(params, by);
  const [from, to] = [ownProperty(outputs, output), ownProperty(inputs, input)];
  const faults: string[] = [];
  if (param?.type !== 'integer' || param.optional === true) {
    faults.push(`\`goesOn.by\` must be a parameter that is always a whole number, got \`${by}\``);
  }
  if (from === undefined || from.many === true) {
    faults.push(`\`goesOn.output\` must be an output with one artifact, got \`${output}\``);
  }
  if (to?.optional !== true || to.many === true || to.media !== from?.media) {
    faults.push(`\`goesOn.input\` must be an optional input for that artifact, got \`${input}\``);
  }
  return faults;
}

function paramFaults(params: Params): readonly string[] {
  return Object.entries(params).flatMap(([name, param]) => {
    try {
      const check = newAjv().compile(paramsSchema({[name]: param}));
      if (param.default === undefined || check({})) return [];
      return `the default of the parameter \`${name}\` is none of its values`;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return `the parameter \`${name}\` is no JSON Schema: ${message}`;
    }
  });
}

/** Imports ajv on demand, because that is slow and few pipelines have plugins. */
function newAjv(options: Options = {}): Ajv {
  const {Ajv: Constructor} = createRequire(import.meta.url)('ajv') as {
    readonly Ajv: new (options: Options) => Ajv;
  };
  const lenient = {strictTypes: false, strictRequired: false} as const;
  return new Constructor({strict: true, ...lenient, verbose: true, useDefaults: true, ...options});
}
