import {createRequire} from 'node:module';
import {runInThisContext} from 'node:vm';
import type {Ajv, Options, ValidateFunction} from 'ajv';
import {digestOf} from '../base/digest.ts';
import {compiledChecks} from './compiled-checks.ts';
import {paramsSchema, type Params} from './param.ts';

/**
 * Options of ajv: find all mistakes, fill in defaults, and give the schema and value of each error, from which its
 * message is made. Schemas are not validated here, because a test checks them and it would take longer than checking
 * parameters.
 */
export const checkOptions = {
  allErrors: true,
  useDefaults: true,
  verbose: true,
  messages: false,
  strict: false,
  meta: false,
  validateSchema: false,
} as const satisfies Options;

const checks = new WeakMap<Params, ValidateFunction>();

/**
 * The function that checks parameters and fills in defaults: compiled by the build, or else compiled now and cached.
 */
export function checkOf(params: Params): ValidateFunction {
  let check = checks.get(params);
  if (check === undefined) {
    const schema = paramsSchema(params);
    const text = compiledChecks[digestOf(JSON.stringify(schema))];
    const made: unknown = text === undefined ? newAjv().compile(schema) : runInThisContext(text);
    check = made as ValidateFunction;
    checks.set(params, check);
  }
  return check;
}

/** Imports ajv on demand, because that takes longer than a run with nothing to do. */
function newAjv(): Ajv {
  const {Ajv: Constructor} = createRequire(import.meta.url)('ajv') as {
    readonly Ajv: new (options: Options) => Ajv;
  };
  return new Constructor(checkOptions);
}
