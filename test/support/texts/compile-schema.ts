import {Ajv, type ValidateFunction} from 'ajv';
import type {JsonObject} from '../../../src/base/json.ts';

/** Compiles a schema for editors, strictly: an unknown keyword is an error. */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const ajv = new Ajv({strict: true, strictRequired: false, strictTypes: false});
  // Only editors use it; validation ignores it.
  ajv.addKeyword('doNotSuggest');
  return ajv.compile(schema);
}
