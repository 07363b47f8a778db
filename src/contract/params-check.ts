import {createRequire} from 'node:module';
import type {Ajv, Options, ValidateFunction} from 'ajv';
import {digestOf} from '../base/digest.ts';
import {compiledChecks} from './compiled-checks.ts';
import {paramsSchema, type Params} from './param.ts';

/**
 * How parameters are checked: all mistakes are found, defaults are filled in, and an error comes with its schema and
 * value, from which its message is made. Contracts are ours: a test checks their schemas, which would take longer than
 * checking any parameters.
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

/** What checks parameters and writes defaults into them: compiled by the build, or else now and once. */
export function checkOf(params: Params): ValidateFunction {
  let check = checks.get(params);
  if (check === undefined) {
    const schema = paramsSchema(params);
    check = compiledChecks[digestOf(JSON.stringify(schema))] ?? newAjv().compile(schema);
    checks.set(params, check);
  }
  return check;
}

/** Loading ajv takes longer than a run that has nothing to do. */
function newAjv(): Ajv {
  const {Ajv: Constructor} = createRequire(import.meta.url)('ajv') as {
    readonly Ajv: new (options: Options) => Ajv;
  };
  return new Constructor(checkOptions);
}
