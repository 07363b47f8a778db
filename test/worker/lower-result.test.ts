import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {JsonObject} from '../../src/base/json.ts';
import type {Key} from '../../src/store/records/record.ts';
import {inputsWith} from '../../src/worker/lower-result.ts';

/** Whether a stage that has told this gets the artifact of a result that tells the other. */
function isTaken(told: JsonObject, provenance: JsonObject): boolean {
  const seen: string[] = [];
  const lower = {key: 'k' as Key, input: 'begun', path: '/artifact', provenance};
  const inputs = inputsWith({begun: [], of: ['/of']}, lower, {
    told,
    onTaken: () => seen.push('taken'),
    onOther: () => seen.push('other'),
  });
  assert.deepEqual([inputs['of'], seen], [['/of'], []], 'nothing is decided before it is read');
  const {begun} = inputs;
  assert.deepEqual(seen, [begun!.length > 0 ? 'taken' : 'other']);
  return begun!.length > 0;
}

const wasm = {engine: 'wasm', tile: 4, fused: true, numerics: 'any', threads: 1};
const one = {...wasm, engineDescription: 'WebAssembly, 1 thread'};
const card = {engine: 'webgpu', numerics: 'any', gpu: true, engineDescription: 'a card'};

test('an artifact is there for the engine that made it, whatever its threads', () => {
  assert.ok(isTaken(one, one));
  assert.ok(isTaken(one, {...one, threads: 2, engineDescription: 'WebAssembly, 2 threads'}));
  assert.ok(isTaken(card, {...card, engineChoice: 'the only one', gpus: 2}));
  assert.ok(isTaken({}, {goesOnFrom: 'k'}), 'neither has an engine');
});

test('an artifact is not there for another engine, and not before one is told', () => {
  const others: readonly JsonObject[] = [
    {},
    {...one, engine: 'wasm-precise'},
    {...one, tile: 2},
    {...one, fused: false},
    {...one, numerics: 'bitwise'},
    card,
  ];
  for (const other of others) {
    assert.ok(!isTaken(other, one), JSON.stringify(other));
    assert.ok(!isTaken(one, other), JSON.stringify(other));
  }
  assert.ok(!isTaken(card, {...card, engineDescription: 'another card'}));
  const software = {engine: 'webgpu', numerics: 'any', engineDescription: 'a card'};
  assert.ok(!isTaken(software, card));
  const tfjs = {engine: 'tfjs', numerics: 'any', engineDescription: 'WebAssembly'};
  assert.ok(!isTaken(tfjs, {...tfjs, engineDescription: 'native'}));
});
