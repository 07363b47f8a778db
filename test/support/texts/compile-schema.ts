import {Ajv, type ValidateFunction} from 'ajv';
import type {JsonObject} from '../../../src/base/json.ts';

/** Compiles a schema for editors, strictly: a keyword that there is not is an error. */
export function compileSchema(schema: JsonObject): ValidateFunction {
  const ajv = new Ajv({strict: true, strictRequired: false, strictTypes: false});
  // Editors know it; whoever validates passes over it.
  ajv.addKeyword('doNotSuggest');
  return ajv.compile(schema);
}
