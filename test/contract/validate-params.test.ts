import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Json, JsonObject} from '../../src/base/json.ts';
import {defineContract} from '../../src/contract/contract.ts';
import {visiblePattern, type Param, type Params} from '../../src/contract/param.ts';
import {validateParams} from '../../src/contract/validate-params.ts';

/** Gives the issues that validation finds: code, place and message of each. */
function issuesOf(params: Params, given: JsonObject): readonly string[] {
  const contract = defineContract({
    type: 'stage',
    version: 1,
    summary: '',
    params,
    inputs: {},
    outputs: {},
  });
  const validation = validateParams(contract, given);
  if (validation.kind === 'valid') return [];
  return validation.issues.map(({code, path, message}) => `${code} /${path.join('/')} ${message}`);
}

test('every kind of schema says what it expected and what it got', () => {
  const cases: readonly (readonly [Param, Json, string])[] = [
    [{type: 'integer', minimum: 1}, 1.5, 'an integer ≥ 1, got 1.5 (number)'],
    [{type: 'integer', minimum: 1, maximum: 9}, '3', 'an integer ≥ 1 and ≤ 9, got "3" (string)'],
    [{type: 'number', exclusiveMinimum: 0}, 0, 'a number > 0, got 0 (number)'],
    [
      {type: 'number', exclusiveMaximum: 1, multipleOf: 0.5},
      2,
      'a number < 1 and a multiple of 0.5, got 2 (number)',
    ],
    [{type: 'boolean'}, 0, 'true or false, got 0 (number)'],
    [{type: 'string', pattern: '^a'}, 'b', 'text that matches /^a/, got "b" (string)'],
    [
      {type: 'string', pattern: visiblePattern},
      'a\u202e',
      'text without control characters, got "a\u202e" (string)',
    ],
    [{const: 'a'}, 'b', '"a", got "b" (string)'],
    [{anyOf: [{const: 'a'}, {const: 2}]}, null, '"a" or 2, got nothing (null)'],
    [
      {anyOf: [{type: 'integer'}, {type: 'boolean'}]},
      'x',
      'an integer or true or false, got "x" (string)',
    ],
    [
      {type: 'array', items: {type: 'number'}, minItems: 1},
      3,
      'a list of 1 or more, each a number, got 3 (number)',
    ],
    [
      {type: 'array', items: {type: 'number'}, minItems: 2, maxItems: 2},
      [1],
      'a list of 2, each a number, got [1] (list)',
    ],
    [{type: 'object', properties: {a: {type: 'number'}}}, [], 'a mapping with `a`, got [] (list)'],
  ];
  for (const [schema, value, expected] of cases) {
    const params = {p: schema};
    assert.deepEqual(issuesOf(params, {p: value}), [`bad-value /p \`p\` must be ${expected}.`]);
  }
});

test('values are not converted to the type of a parameter', () => {
  const params: Params = {n: {type: 'number'}, b: {type: 'boolean'}, s: {type: 'string'}};
  assert.equal(issuesOf(params, {n: '1', b: 'true', s: 1}).length, 3);
});

test('a misspelt required parameter is not also reported as missing', () => {
  const params: Params = {epochs: {type: 'integer'}, model: {type: 'string'}};
  assert.deepEqual(issuesOf(params, {eopchs: 1}), [
    'unknown-param /eopchs `stage` has no parameter `eopchs`; it takes `epochs`, `model`.',
    'missing-param /model `model` must be given: text.',
  ]);
});

test('parameters may have the names of properties that every object has', () => {
  const given = JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonObject;
  assert.deepEqual(issuesOf({}, given), [
    'unknown-param /__proto__ `stage` has no parameter `__proto__`; it takes none.',
    'unknown-param /constructor `stage` has no parameter `constructor`; it takes none.',
  ]);
});

test('a default that holds unless another parameter is given leaves its place to that one', () => {
  const contract = defineContract({
    type: 'stage',
    version: 1,
    summary: '',
    params: {
      recipe: {enum: ['short'], optional: true},
      epochs: {type: 'integer', default: 10, defaultUnless: 'recipe'},
    },
    inputs: {},
    outputs: {},
  });
  const paramsOf = (given: JsonObject): object => {
    const validation = validateParams(contract, given);
    assert.equal(validation.kind, 'valid');
    return validation.params;
  };
  assert.deepEqual(paramsOf({}), {epochs: 10});
  assert.deepEqual(paramsOf({recipe: 'short'}), {recipe: 'short'});
  assert.deepEqual(paramsOf({recipe: 'short', epochs: 3}), {recipe: 'short', epochs: 3});
});
