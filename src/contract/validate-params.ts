import {Ajv, type ErrorObject, type ValidateFunction} from 'ajv';
import {closestTo} from '../base/edit-distance.ts';
import type {Json, JsonObject} from '../base/json.ts';
import {showValue} from '../diagnostics/show-value.ts';
import type {Contract} from './contract.ts';
import {choicesOf, describeSchema, type Schema} from './describe-schema.ts';

/** One thing wrong with a stage's parameters. */
export interface ParamIssue {
  readonly code: 'unknown-param' | 'missing-param' | 'bad-value';
  /** Keys and list positions from the parameters down to the value that is wrong, absent or unknown. */
  readonly path: readonly string[];
  readonly message: string;
  readonly suggestion?: string;
}

export type ParamsValidation =
  | {readonly kind: 'valid'; readonly params: JsonObject}
  | {readonly kind: 'invalid'; readonly issues: readonly ParamIssue[]};

/**
 * Checks the parameters of a stage by its contract. Nothing is converted; defaults are filled in.
 * @param given owned by the caller no more: defaults are written into it
 */
export function validateParams(contract: Contract, given: JsonObject): ParamsValidation {
  const known = contract.params.properties;
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(known, name));
  const validate = validatorOf(contract);
  if (validate(given) && unknown.length === 0) return {kind: 'valid', params: given};

  const issues = unknown.map((name) => unknownParam([name], Object.keys(known), contract.type));
  const byPath = new Map<string, ParamIssue>();
  for (const error of rootCauses(validate.errors ?? [])) {
    const issue = issueOf(error, contract);
    const place = JSON.stringify(issue.path);
    const known = issue.code !== 'unknown-param' || issue.path.length > 1;
    if (known && !byPath.has(place)) byPath.set(place, issue);
  }
  return {kind: 'invalid', issues: [...issues, ...byPath.values()]};
}

const validators = new WeakMap<Contract, ValidateFunction>();

function validatorOf(contract: Contract): ValidateFunction {
  let validator = validators.get(contract);
  if (validator === undefined) {
    const ajv = new Ajv({allErrors: true, useDefaults: true, strict: false, verbose: true});
    validator = ajv.compile(contract.params);
    validators.set(contract, validator);
  }
  return validator;
}

/** Where no alternative of a choice fits, the choice is what is wrong, and not each alternative. */
function rootCauses(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors
    .filter(({keyword}) => keyword === 'anyOf' || keyword === 'oneOf')
    .map(({schemaPath}) => `${schemaPath}/`);
  return errors.filter(({schemaPath}) => !choices.some((choice) => schemaPath.startsWith(choice)));
}

function issueOf(error: ErrorObject, contract: Contract): ParamIssue {
  const path = pathOf(error.instancePath);
  const schema = error.parentSchema as Schema;
  if (error.keyword === 'required') {
    const {missingProperty} = error.params as {readonly missingProperty: string};
    const missing = [...path, missingProperty];
    const expected = schema.properties?.[missingProperty];
    const what = expected === undefined ? '' : `: ${describeSchema(expected)}`;
    const message = `\`${nameOf(missing)}\` must be given${what}.`;
    return {code: 'missing-param', path: missing, message};
  }
  if (error.keyword === 'additionalProperties') {
    const {additionalProperty} = error.params as {readonly additionalProperty: string};
    const candidates = Object.keys(schema.properties ?? {});
    return unknownParam([...path, additionalProperty], candidates, contract.type);
  }
  const found = error.data as Json;
  const message = `\`${nameOf(path)}\` must be ${describeSchema(schema)}, got ${showValue(found)}.`;
  const choices = choicesOf(schema)?.filter((choice) => typeof choice === 'string');
  const near = typeof found === 'string' && choices ? closestTo(found, choices) : undefined;
  return {code: 'bad-value', path, message, ...(near && {suggestion: JSON.stringify(near)})};
}

function unknownParam(
  path: readonly string[],
  candidates: readonly string[],
  type: string,
): ParamIssue {
  const near = closestTo(path.at(-1)!, candidates);
  const takes =
    candidates.length === 0 ? 'none' : candidates.map((name) => `\`${name}\``).join(', ');
  const where = path.length === 1 ? `\`${type}\`` : `\`${nameOf(path.slice(0, -1))}\``;
  const message = `${where} has no parameter \`${path.at(-1)!}\`; it takes ${takes}.`;
  return {code: 'unknown-param', path, message, ...(near && {suggestion: `\`${near}\``})};
}

/** A JSON pointer as its steps. */
function pathOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `augment.flip`, `sizes[2]`. */
function nameOf(path: readonly string[]): string {
  return path
    .map((step, i) => (/^\d+$/.test(step) ? `[${step}]` : `${i > 0 ? '.' : ''}${step}`))
    .join('');
}
