import assert from 'node:assert/strict';
import {test} from 'node:test';
import {canonicalJson} from '../../src/base/canonical-json.ts';
import {digestOf} from '../../src/base/digest.ts';
import {explainChange} from '../../src/plan/explain-change.ts';
import {History} from '../../src/plan/history.ts';
import {stageKey} from '../../src/plan/stage-key.ts';
import {createWhole} from '../../src/store/durable.ts';
import {preimage, type Fingerprint} from '../../src/store/fingerprint.ts';
import {fingerprintPath} from '../../src/store/layout.ts';
import {TemporaryFolder} from '../support/temporary-folder.ts';

function train(params: Fingerprint['params'], version = 1): Fingerprint {
  return {type: 'train', version, params, inputs: {}, environment: {}};
}

test('the key is the sha256 of the canonical pre-image', () => {
  const fingerprint = train({b: 1, a: [true]});
  assert.equal(
    preimage(fingerprint),
    '["stage-key",1,{"environment":{},"inputs":{},"params":{"a":[true],"b":1},"type":"train","version":1}]',
  );
  assert.equal(stageKey(fingerprint), stageKey(train({a: [true], b: 1})));
  assert.notEqual(stageKey(fingerprint), stageKey(train({b: 1, a: [true]}, 2)));
});

test('the pre-image is the canonical JSON of the fingerprint', () => {
  const [a, b] = [digestOf('a'), digestOf('b')];
  const inputs = {two: [a, b], none: [], '"': [b], again: [a, b]};
  const fingerprint = {
    ...train({x: null}),
    inputs,
    environment: {TZ: {value: 'é'}, LANG: 'not set' as const},
  };
  assert.equal(preimage(fingerprint), canonicalJson(['stage-key', 1, {...fingerprint}]));
});

test('the nearest past result is the one that differs in a single field, however many are newer', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  for (let seed = 0; seed < 50; seed++) {
    const past = train({seed, epochs: 20});
    await createWhole(store, fingerprintPath(store, 'train', stageKey(past)), preimage(past));
  }
  const now = train({seed: 3, epochs: 30});
  const nearest = new History(store).nearest(now, stageKey(now));
  assert.deepEqual(nearest?.fingerprint.params, {seed: 3, epochs: 20});
  assert.deepEqual(explainChange(nearest.fingerprint, now), [
    {kind: 'param-changed', pointer: '/epochs', was: 20, now: 30},
  ]);
});

test('every field that changed is a reason of its own', () => {
  const was = train({a: 1, deep: {x: 1, y: [1]}, gone: 'g'});
  const now = train({a: 1, deep: {x: 2, y: [1]}, new: null}, 2);
  assert.deepEqual(explainChange(was, now), [
    {kind: 'version-changed', was: 1, now: 2},
    {kind: 'param-changed', pointer: '/deep/x', was: 1, now: 2},
    {kind: 'param-changed', pointer: '/gone', was: 'g'},
    {kind: 'param-changed', pointer: '/new', now: null},
  ]);
});

/** A run of a program with these arguments. */
function run(args: readonly string[], rest: Partial<Fingerprint> = {}): Fingerprint {
  const params = {arguments: args, inputs: {}, outputs: {log: 'text'}};
  return {type: 'run', version: 1, params, inputs: {}, environment: {}, ...rest};
}

test('the past of a program is that of the same program', async () => {
  await using folder = await TemporaryFolder.create();
  const store = {root: folder.path};
  const past = run(['sort', '-n'], {environment: {LANG: {value: 'C'}}});
  const others = [run(['sed', '-n']), run(['sed', 's/a/b/'])];
  for (const one of [past, ...others]) {
    await createWhole(store, fingerprintPath(store, 'run', stageKey(one)), preimage(one));
  }
  const history = new History(store);
  const now = run(['sort', '-r'], {environment: {LANG: {sha256: 'ab'}}});
  assert.deepEqual(history.nearest(now)?.fingerprint, past);
  assert.deepEqual(explainChange(past, now), [
    {kind: 'param-changed', pointer: '/arguments/1', was: '-n', now: '-r'},
    {kind: 'environment-changed', name: 'LANG', was: {value: 'C'}, now: {sha256: 'ab'}},
  ]);
  assert.equal(history.nearest(run(['awk'])), undefined);
});
