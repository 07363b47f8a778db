import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {canonicalJson} from '../../src/base/canonical-json.ts';
import type {Json} from '../../src/base/json.ts';

/** Any JSON value, also with keys such as `__proto__`. Writing and parsing it turns −0 into 0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);

test('canonical JSON is parsed back to the same value', () => {
  fc.assert(
    fc.property(json, (value) => assert.deepEqual(JSON.parse(canonicalJson(value)), value)),
  );
});

test('canonical JSON does not depend on the order in which keys were added', () => {
  const reversed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(reversed);
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).reverse();
    return Object.fromEntries(entries.map(([key, field]) => [key, reversed(field)]));
  };
  fc.assert(fc.property(json, (value) => canonicalJson(reversed(value)) === canonicalJson(value)));
});

test('keys are sorted by code unit at every depth and no space is written', () => {
  const value = {b: [1, {z: null, a: 'é"'}], a: true, B: 1e21, 10: 0.1, 9: -1};
  const expected = '{"10":0.1,"9":-1,"B":1e+21,"a":true,"b":[1,{"a":"é\\"","z":null}]}';
  assert.equal(canonicalJson(value), expected);
});

test('objects whose names differ in few places are told apart', () => {
  const texts = ['b', 'c', 'b\nc'].map((middle) => canonicalJson({z: 1, [middle]: 2, a: 3}));
  assert.deepEqual(texts, [
    '{"a":3,"b":2,"z":1}',
    '{"a":3,"c":2,"z":1}',
    '{"a":3,"b\\nc":2,"z":1}',
  ]);
});

test('values that JSON cannot represent are refused, with their place', () => {
  const hole = [1];
  hole.length = 2;
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [NaN, /NaN \(at the root\)/],
    [{a: [0, Infinity]}, /Infinity \(at \/a\/1\)/],
    [{a: -Infinity}, /-Infinity \(at \/a\)/],
    [[-0], /-0 \(at \/0\)/],
    [{a: undefined}, /undefined \(at \/a\)/],
    [hole, /undefined \(at \/1\)/],
    [[1n], /bigint/],
    [[new Date(0)], /not plain/],
    [new Map(), /not plain/],
  ];
  for (const [value, message] of refused) {
    assert.throws(() => canonicalJson(value as Json), {name: 'TypeError', message});
  }
});
