import assert from 'node:assert/strict';
import {utimes} from 'node:fs/promises';
import {test} from 'node:test';
import {canonicalJson} from '../../src/base/canonical-json.ts';
import {digestOf, type Digest} from '../../src/base/digest.ts';
import type {PinnedEngine} from '../../src/base/engines.ts';
import {explainChange} from '../../src/plan/explain-change.ts';
import {History} from '../../src/plan/history.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {createWhole} from '../../src/store/durable.ts';
import {preimage, type Fingerprint} from '../../src/store/records/fingerprint.ts';
import {fingerprintPath} from '../../src/store/layout.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

function train(params: Fingerprint['params'], version = 1): Fingerprint {
  return {type: 'train', version, params, inputs: {}, environment: {}};
}

/** Records results with these fingerprints, oldest first; gives their history. */
async function historyOf(folder: TemporaryFolder, pasts: readonly Fingerprint[]): Promise<History> {
  const store = {root: folder.path};
  for (const [index, past] of pasts.entries()) {
    const file = fingerprintPath(store, past.type, stageKey(past));
    await createWhole(store, file, preimage(past));
    await utimes(file, index, index);
  }
  return new History(store);
}

test('the key is the sha256 of the canonical pre-image', () => {
  const fingerprint = train({b: 1, a: [true]});
  assert.equal(
    preimage(fingerprint),
    '["stage-key",1,{"environment":{},"inputs":{},"params":{"a":[true],"b":1},"type":"train","version":1}]',
  );
  // The key from before plugins became part of keys.
  assert.equal(
    stageKey(fingerprint),
    '0a0a79f9e9afb0d470e55365da26e98e3da95dd1a0fb86e881b6a29241fcfd09',
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

test('an engine that is part of the key stands first in the pre-image, and one that is not nowhere', () => {
  const precise: PinnedEngine = {name: 'wasm-precise', numerics: 'engine', tile: 2, fused: false};
  const pinned = {...train({}), engine: precise};
  assert.equal(
    preimage(pinned),
    '["stage-key",1,{"engine":{"fused":false,"name":"wasm-precise","numerics":"engine","tile":2},"environment":{},"inputs":{},"params":{},"type":"train","version":1}]',
  );
  assert.equal(preimage(pinned), canonicalJson(['stage-key', 1, {...pinned}]));
});

test('the code of a plugin is part of the key, and its change is reported', async () => {
  await using folder = await TemporaryFolder.create();
  const code = {name: '@lab/stages', version: '1.0.0', sha256: digestOf('a')};
  const plugged = (seed: number): Fingerprint => ({...train({seed}), code});
  assert.equal(preimage(plugged(1)), canonicalJson(['stage-key', 1, {...plugged(1)}]));
  const changed = {...plugged(1), code: {...code, sha256: digestOf('b')}};
  assert.notEqual(stageKey(changed), stageKey(plugged(1)));
  const history = await historyOf(folder, [plugged(1), plugged(2), train({seed: 3})]);
  const nearest = history.nearest(changed)!;
  assert.deepEqual(nearest.fingerprint.params, {seed: 1});
  assert.deepEqual(explainChange(nearest.fingerprint, changed), [
    {kind: 'code-changed', of: '@lab/stages'},
  ]);
});

test('the nearest past result may be one on another engine, which is then all that changed', async () => {
  await using folder = await TemporaryFolder.create();
  const wasm: PinnedEngine = {name: 'wasm', numerics: 'engine', tile: 4, fused: true};
  const plain: PinnedEngine = {...wasm, numerics: 'bitwise', fused: false};
  const on = (seed: number): Fingerprint => ({...train({seed}), engine: wasm});
  const pasts = [train({seed: 1}), on(2), on(3)];
  const history = await historyOf(folder, pasts);
  for (const now of [on(1), {...on(2), engine: plain}, train({seed: 2})]) {
    const nearest = history.nearest(now)!;
    assert.deepEqual(nearest.fingerprint.params, now.params);
    const [was, engine] = [nearest.fingerprint.engine, now.engine];
    assert.deepEqual(explainChange(nearest.fingerprint, now), [
      {kind: 'engine-changed', ...(was && {was}), ...(engine && {now: engine})},
    ]);
  }
});

test('among equally near results the one on the same engine is the nearest, not the newest', async () => {
  await using folder = await TemporaryFolder.create();
  const engine: PinnedEngine = {name: 'wasm', numerics: 'engine', tile: 4, fused: true};
  const history = await historyOf(folder, [{...train({seed: 1}), engine}, train({seed: 1})]);
  const nearest = history.nearest({...train({seed: 1, epochs: 2}), engine});
  assert.deepEqual(nearest?.fingerprint.engine, engine);
});

test('the nearest past result is the one that differs in a single field, however many are newer', async () => {
  await using folder = await TemporaryFolder.create();
  const pasts = Array.from({length: 50}, (_, seed) => train({seed, epochs: 20}));
  const now = train({seed: 3, epochs: 30});
  const nearest = (await historyOf(folder, pasts)).nearest(now);
  assert.deepEqual(nearest?.fingerprint.params, {seed: 3, epochs: 20});
  assert.deepEqual(explainChange(nearest.fingerprint, now), [
    {kind: 'param-changed', pointer: '/epochs', was: 20, now: 30},
  ]);
});

test('among results that differ in several fields the one with the same rare fields is the nearest: a seed says more than a model', async () => {
  await using folder = await TemporaryFolder.create();
  const pasts = Array.from({length: 300}, (_, index) =>
    train({
      seed: index % 100,
      model: ['MLP', 'LeNet', 'VGG11'][Math.floor(index / 100)]!,
      epochs: 20,
      decay: {by: 0.5, at: [10, 15]},
    }),
  );
  const history = await historyOf(folder, pasts);
  for (const [seed, model] of [
    [3, 'LeNet'],
    [99, 'MLP'],
    [0, 'VGG11'],
  ] as const) {
    const now = train({seed, model, epochs: 30, decay: {by: 0.5, at: [10, 20]}}, 2);
    const changes = explainChange(history.nearest(now)!.fingerprint, now);
    assert.deepEqual(
      changes.map((reason) => ('pointer' in reason ? reason.pointer : reason.kind)),
      ['version-changed', '/decay/at/1', '/epochs'],
    );
  }
});

test('a result with the same inputs is nearer than one with others, and among equals the newest is the nearest', async () => {
  await using folder = await TemporaryFolder.create();
  const [a, b, c] = ['a', 'b', 'c'].map((text) => [digestOf(text)]);
  const of = (epochs: number, dataset: readonly Digest[]): Fingerprint => ({
    ...train({epochs, seed: 0}),
    inputs: {dataset},
  });
  const history = await historyOf(folder, [of(20, a!), of(20, b!)]);
  assert.deepEqual(history.nearest(of(30, a!))?.fingerprint, of(20, a!));
  assert.deepEqual(history.nearest(of(30, b!))?.fingerprint, of(20, b!));
  assert.deepEqual(history.nearest(of(20, c!))?.fingerprint, of(20, b!));
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

/** Gives the fingerprint of a program with these arguments. */
function run(args: readonly string[], rest: Partial<Fingerprint> = {}): Fingerprint {
  const params = {arguments: args, inputs: {}, outputs: {log: 'text'}};
  return {type: 'run', version: 1, params, inputs: {}, environment: {}, ...rest};
}

test('each argument of a program is a field of its own', async () => {
  await using folder = await TemporaryFolder.create();
  const at = (rate: number, cell: number, seed: number): Fingerprint =>
    run(['train', `--rate=${rate}`, `cell ${cell}`, `${seed}`]);
  const points = Array.from({length: 100}, (_, index) => [Math.floor(index / 10), index % 10]);
  const history = await historyOf(
    folder,
    points.map(([cell, seed]) => at(1, cell!, seed!)),
  );
  for (const [cell, seed] of points) {
    const now = at(2, cell!, seed!);
    assert.deepEqual(explainChange(history.nearest(now)!.fingerprint, now), [
      {kind: 'param-changed', pointer: '/arguments/1', was: '--rate=1', now: '--rate=2'},
    ]);
  }
});

test('a run of a program is compared with runs of the same program', async () => {
  await using folder = await TemporaryFolder.create();
  const past = run(['sort', '-n'], {environment: {LANG: {value: 'C'}}});
  const others = [run(['sed', '-n']), run(['sed', 's/a/b/'])];
  const history = await historyOf(folder, [past, ...others]);
  const now = run(['sort', '-r'], {environment: {LANG: {sha256: 'ab'}}});
  assert.deepEqual(history.nearest(now)?.fingerprint, past);
  assert.deepEqual(explainChange(past, now), [
    {kind: 'param-changed', pointer: '/arguments/1', was: '-n', now: '-r'},
    {kind: 'environment-changed', name: 'LANG', was: {value: 'C'}, now: {sha256: 'ab'}},
  ]);
  assert.equal(history.nearest(run(['awk'])), undefined);
  // A run of the same interpreter with another script is not similar either.
  const python = run(['python3', 'train.py', '--rate', '1']);
  const interpreted = await historyOf(folder, [python]);
  const other = {...run(['python3', 'draw.py', 'loss']).params, outputs: {picture: 'png'}};
  assert.equal(interpreted.nearest(run([], {params: other})), undefined);
  const faster = run(['python3', 'train.py', '--rate', '2']);
  assert.deepEqual(interpreted.nearest(faster)?.fingerprint, python);
});

test('a result that has nothing in common with a fingerprint is compared all the same, unless it is of another program', async () => {
  await using folder = await TemporaryFolder.create();
  const program = (name: string): Fingerprint => ({
    ...train({arguments: [name]}),
    type: 'run',
  });
  const history = await historyOf(folder, [train({}, 1), train({}, 2), program('sh')]);
  assert.equal(history.nearest(train({}, 3))!.fingerprint.version, 2);
  assert.equal(history.nearest({...program('node'), version: 2}), undefined);
});
