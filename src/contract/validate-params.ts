import type {ErrorObject} from 'ajv';
import {closestTo} from '../base/edit-distance.ts';
import type {Json, JsonObject} from '../base/json.ts';
import {showNames, showValue} from '../diagnostics/show-value.ts';
import type {Contract} from './contract.ts';
import {choicesOf, describeParam} from './describe-param.ts';
import type {Param, Params} from './param.ts';
import {checkOf} from './params-check.ts';

/** A mistake in a stage's parameters. */
export interface ParamIssue {
  readonly code: 'unknown-param' | 'missing-param' | 'bad-value';
  /** Keys and list positions that lead from the parameters to the wrong, missing or unknown value. */
  readonly path: readonly string[];
  readonly message: string;
  readonly suggestion?: string;
  /** The name that an unknown one was probably meant to be. */
  readonly meant?: string;
}

export type ParamsValidation =
  | {readonly kind: 'valid'; readonly params: JsonObject}
  | {readonly kind: 'invalid'; readonly issues: readonly ParamIssue[]};

/**
 * Checks the parameters of a stage by its contract. Nothing is converted; defaults are filled in.
 * @param given taken over: defaults are written into it
 */
export function validateParams(contract: Contract, given: JsonObject): ParamsValidation {
  const known = contract.params;
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(known, name));
  const check = checkOf(known);
  const without = withoutDefault(known, given);
  if (check(given) && unknown.length === 0) {
    return {kind: 'valid', params: without.length === 0 ? given : omit(given, without)};
  }

  const strangers = unknown.map((name) => unknownParam([name], Object.keys(known), contract.type));
  const issues = new Map<string, ParamIssue>();
  for (const issue of [...strangers, ...causesOf(check.errors ?? [], contract)]) {
    const place = JSON.stringify(issue.path);
    if (!issues.has(place)) issues.set(place, issue);
  }
  return {kind: 'invalid', issues: [...issues.values()].filter(isNotMisspelt)};
}

/** The absent parameters that stay absent: another parameter decides in place of their default. */
function withoutDefault(known: Params, given: JsonObject): readonly string[] {
  return Object.entries(known).flatMap(([name, {defaultUnless}]) =>
    defaultUnless !== undefined && given[name] === undefined && given[defaultUnless] !== undefined
      ? [name]
      : [],
  );
}

function omit(params: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)));
}

/**
 * Whether a mistake is not only the consequence of a misspelt name: then its parameter is not also reported as missing.
 */
function isNotMisspelt({code, path}: ParamIssue, _: number, all: readonly ParamIssue[]): boolean {
  const sameMapping = (other: ParamIssue): boolean =>
    other.path.length === path.length &&
    other.path.slice(0, -1).every((step, i) => step === path[i]);
  return (
    code !== 'missing-param' ||
    !all.some((other) => other.meant === path.at(-1) && sameMapping(other))
  );
}

/** If no alternative of a choice fits, the choice is reported, and not each alternative. */
function causesOf(errors: readonly ErrorObject[], contract: Contract): readonly ParamIssue[] {
  const choices = errors
    .filter(({keyword}) => keyword === 'anyOf')
    .map(({schemaPath}) => `${schemaPath}/`);
  return errors
    .filter(({schemaPath}) => !choices.some((choice) => schemaPath.startsWith(choice)))
    .map((error) => issueOf(error, contract));
}

function issueOf(error: ErrorObject, contract: Contract): ParamIssue {
  const path = pathOf(error.instancePath);
  const schema = error.parentSchema as Param;
  if (error.keyword === 'required') {
    const {missingProperty} = error.params as {readonly missingProperty: string};
    const missing = [...path, missingProperty];
    const expected = schema.properties?.[missingProperty];
    const what = expected === undefined ? '' : `: ${describeParam(expected)}`;
    const message = `\`${nameOf(missing)}\` must be given${what}.`;
    return {code: 'missing-param', path: missing, message};
  }
  if (error.keyword === 'additionalProperties') {
    const {additionalProperty} = error.params as {readonly additionalProperty: string};
    const candidates = Object.keys(schema.properties ?? {});
    return unknownParam([...path, additionalProperty], candidates, contract.type);
  }
  const found = error.data as Json;
  const param = paramAt(contract.params, path) ?? schema;
  const list = isLong(param) ? ` \`pipeline stages ${contract.type}\` lists all.` : '';
  const message = `\`${nameOf(path)}\` must be ${describeParam(param)}${strangerIn(found, param)}, got ${showValue(found)}.${list}`;
  const meanings = path.length === 1 ? contract.params[path[0]!]?.meanings : undefined;
  const suggestion = typeof found === 'string' ? nearest(found, param, meanings) : undefined;
  return {code: 'bad-value', path, message, ...(suggestion && {suggestion})};
}

/** What a contract declares at a path; `undefined` within alternatives. */
function paramAt(params: Params, [name, ...rest]: readonly string[]): Param | undefined {
  let param = name !== undefined && Object.hasOwn(params, name) ? params[name] : undefined;
  for (const step of rest) param = param?.properties?.[step] ?? param?.items ?? param?.values;
  return param;
}

/** Whether a message cannot list all values that a parameter of this program takes. */
function isLong(param: Param): boolean {
  return param.expected !== undefined && choicesOf(param) !== undefined;
}

/** The first word of a text that its parameter does not know. */
function strangerIn(found: Json, {words}: Param): string {
  if (words === undefined || typeof found !== 'string') return '';
  const stranger = found
    .split(/[^A-Za-z0-9-]+/)
    .find((word) => word !== '' && !words.includes(word));
  return stranger === undefined ? '' : `; \`${stranger}\` is none of them`;
}

/** The valid value most similar to a text; `yes`, `no`, `on` and `off` are booleans in older YAML. */
function nearest(
  found: string,
  schema: Param,
  meanings: Param['meanings'] = {},
): string | undefined {
  const word = found.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  if (Object.hasOwn(meanings, word)) return meanings[word];
  if (schema.type === 'boolean') {
    if (/^(yes|on)$/i.test(found)) return 'true';
    return /^(no|off)$/i.test(found) ? 'false' : undefined;
  }
  // The schema may offer alternatives, such as a name or a list, each with values of its own.
  const listed = [schema, ...(schema.anyOf ?? [])].flatMap((param) => choicesOf(param) ?? []);
  const near = closestTo(
    found,
    listed.filter((choice) => typeof choice === 'string'),
  );
  return near && JSON.stringify(near);
}

function unknownParam(
  path: readonly string[],
  candidates: readonly string[],
  type: string,
): ParamIssue {
  const near = closestTo(path.at(-1)!, candidates);
  const where = path.length === 1 ? `\`${type}\`` : `\`${nameOf(path.slice(0, -1))}\``;
  const message = `${where} has no parameter \`${path.at(-1)!}\`; it takes ${showNames(candidates)}.`;
  const meant = near && {meant: near, suggestion: `\`${near}\``};
  return {code: 'unknown-param', path, message, ...meant};
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
