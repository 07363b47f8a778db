import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Type, type TObject, type TSchema} from 'typebox';
import type {Json, JsonObject} from '../../src/base/json.ts';
import {defineContract} from '../../src/contract/contract.ts';
import {validateParams} from '../../src/contract/validate-params.ts';

/** What is said of parameters by a schema: code, place and message of each issue. */
function issuesOf(params: TObject, given: JsonObject): readonly string[] {
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
  const cases: readonly (readonly [TSchema, Json, string])[] = [
    [Type.Integer({minimum: 1}), 1.5, 'an integer ≥ 1, got 1.5 (number)'],
    [Type.Integer({minimum: 1, maximum: 9}), '3', 'an integer ≥ 1 and ≤ 9, got "3" (string)'],
    [Type.Number({exclusiveMinimum: 0}), 0, 'a number > 0, got 0 (number)'],
    [
      Type.Number({exclusiveMaximum: 1, multipleOf: 0.5}),
      2,
      'a number < 1 and a multiple of 0.5, got 2 (number)',
    ],
    [Type.Boolean(), 0, 'true or false, got 0 (number)'],
    [Type.String({pattern: '^a'}), 'b', 'text that matches /^a/, got "b" (string)'],
    [Type.Literal('a'), 'b', '"a", got "b" (string)'],
    [Type.Union([Type.Literal('a'), Type.Literal(2)]), null, '"a" or 2, got nothing (null)'],
    [
      Type.Union([Type.Integer(), Type.Boolean()]),
      'x',
      'an integer or true or false, got "x" (string)',
    ],
    [
      Type.Array(Type.Number(), {minItems: 1}),
      3,
      'a list of 1 or more, each a number, got 3 (number)',
    ],
    [
      Type.Array(Type.Number(), {minItems: 2, maxItems: 2}),
      [1],
      'a list of 2, each a number, got [1] (list)',
    ],
    [Type.Object({a: Type.Number()}), [], 'a mapping with `a`, got [] (list)'],
  ];
  for (const [schema, value, expected] of cases) {
    const params = Type.Object({p: schema}) as unknown as TObject;
    assert.deepEqual(issuesOf(params, {p: value}), [`bad-value /p \`p\` must be ${expected}.`]);
  }
});

test('nothing is converted', () => {
  const params = Type.Object({n: Type.Number(), b: Type.Boolean(), s: Type.String()});
  assert.equal(issuesOf(params as unknown as TObject, {n: '1', b: 'true', s: 1}).length, 3);
});

test('a misspelt parameter is not also missing', () => {
  const params = Type.Object({epochs: Type.Integer(), model: Type.String()}) as unknown as TObject;
  assert.deepEqual(issuesOf(params, {eopchs: 1}), [
    'unknown-param /eopchs `stage` has no parameter `eopchs`; it takes `epochs`, `model`.',
    'missing-param /model `model` must be given: text.',
  ]);
});

test('names that every object has are parameters like any other', () => {
  const given = JSON.parse('{"__proto__": 1, "constructor": 2}') as JsonObject;
  assert.deepEqual(issuesOf(Type.Object({}) as unknown as TObject, given), [
    'unknown-param /__proto__ `stage` has no parameter `__proto__`; it takes none.',
    'unknown-param /constructor `stage` has no parameter `constructor`; it takes none.',
  ]);
});
