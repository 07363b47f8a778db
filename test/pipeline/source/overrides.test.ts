import assert from 'node:assert/strict';
import {test} from 'node:test';
import {digestOf} from '../../../src/base/digest.ts';
import {formatDiagnostics} from '../../../src/diagnostics/format-diagnostics.ts';
import type {Instance} from '../../../src/pipeline/graph/instance.ts';
import {loadPipeline, type LoadedPipeline} from '../../../src/pipeline/load-pipeline.ts';
import {testRegistry} from '../../support/registries/test-registry.ts';

const cell = `
params: {count: 5, net: {rate: 0.1}}
stages:
  data: {uses: make, with: {count: "\${params.count}"}}
  net: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11, rate: "\${params.net.rate}"}}
  other: {uses: train, inputs: {dataset: data.dataset}, with: {model: VGG11, augment: {crop: 1}}}
`;

async function load(
  files: Readonly<Record<string, string>>,
  ...set: readonly string[]
): Promise<LoadedPipeline> {
  return await loadPipeline({
    file: 'p.yaml',
    registry: testRegistry,
    set,
    readFile: (file) => Promise.resolve(Buffer.from(files[file]!)),
    digestFile: (file) => Promise.resolve(digestOf(file)),
  });
}

async function paramsOf(
  files: Readonly<Record<string, string>>,
  ...set: readonly string[]
): Promise<Readonly<Record<string, Instance['params']>>> {
  const loaded = await load(files, ...set);
  assert.ok(
    loaded.kind === 'ok',
    formatDiagnostics(loaded.kind === 'ok' ? [] : loaded.diagnostics),
  );
  assert.equal(formatDiagnostics(loaded.warnings), '');
  return Object.fromEntries(
    Array.from(loaded.graph.instances.values(), ({id, params}) => [id, params]),
  );
}

const picked = (params: Instance['params'] | undefined, ...names: readonly string[]): unknown =>
  names.map((name) => params![name]);

test('`stage.parameter` sets a parameter of a stage, whether it is written there or not', async () => {
  const set = ['other.rate=0.5', 'other.augment.crop=3', 'other.epochs=7', 'data.count=2'];
  const params = await paramsOf({'p.yaml': cell}, ...set);
  // No parameter is unused: the value that gave way refers to `count`.
  assert.deepEqual(picked(params['data'], 'count'), [2]);
  const augment = {crop: 3, flip: false};
  assert.deepEqual(picked(params['other'], 'rate', 'augment', 'epochs'), [0.5, augment, 7]);
});

test('a mapping that a stage leaves out is made, and the later of two values wins', async () => {
  const text = 'stages: {data: {uses: make}, net: {uses: train, inputs: {dataset: data.dataset}}}';
  const set = ['net.augment.crop=3', 'net.augment.flip=true', 'net.model=LeNet', 'net.model=VGG11'];
  const params = await paramsOf({'p.yaml': text}, ...set);
  assert.deepEqual(picked(params['net'], 'augment', 'model'), [{crop: 3, flip: true}, 'VGG11']);
});

test('a parameter of the pipeline has its name before a stage of that name', async () => {
  const params = await paramsOf({'p.yaml': cell}, 'net.rate=0.9');
  assert.deepEqual(picked(params['net'], 'rate'), [0.9]);
  const loaded = await load({'p.yaml': cell}, 'net.epochs=2');
  assert.ok(loaded.kind === 'invalid');
  assert.match(loaded.diagnostics[0]!.message, /no parameter `params\.net\.epochs`/);
});

test('a value of a stage may refer to parameters and axes', async () => {
  const text = `
params: {base: 3}
stages: {data: {uses: make, matrix: {n: [1, 2]}}}
`;
  const params = await paramsOf(
    {'p.yaml': text},
    'data.count=${params.base}',
    'data.name=n${matrix.n}',
  );
  assert.deepEqual(picked(params['data[n=2]'], 'count', 'name'), [3, 'n2']);
});

const spread = `
stages: {data: {uses: make, matrix: {n: [1, 2]}, with: {count: "\${matrix.n}"}}}
`;

test('a value in place of an axis is a warning, and never suggested', async () => {
  const loaded = await load({'p.yaml': spread}, 'data.count=3');
  assert.ok(loaded.kind === 'ok');
  assert.deepEqual(
    loaded.warnings.map(({code, message}) => [code, message]),
    [
      [
        'bad-matrix',
        'This replaces `${matrix.n}`: instances of `data` that differ in nothing else become the same.',
      ],
    ],
  );
  const other = await load({'p.yaml': spread}, 'data.count=${matrix.n}');
  assert.ok(other.kind === 'ok');
  assert.deepEqual(other.warnings, []);
  const unknown = await load({'p.yaml': spread}, 'count=3');
  assert.ok(unknown.kind === 'invalid');
  assert.deepEqual(
    unknown.diagnostics.map(({code, suggestion}) => [code, suggestion]),
    [['unknown-param', undefined]],
  );
});

const table = `
stages:
  cell:
    uses: ./cell.yaml
    matrix: {n: [1, 2]}
    with: {count: 4, other.epochs: "\${matrix.n}", net: {rate: 0.2}, net.rate: 0.3}
`;

test('a nested pipeline is given parameters of its stages, of each point its own', async () => {
  const params = await paramsOf({'p.yaml': table, 'cell.yaml': cell});
  assert.deepEqual(picked(params['cell[n=2]/other'], 'epochs', 'augment'), [
    2,
    {crop: 1, flip: false},
  ]);
  assert.deepEqual(picked(params['cell[n=1]/other'], 'epochs'), [1]);
  assert.deepEqual(picked(params['cell[n=1]/net'], 'rate'), [0.3]);
});

test('`--set` reaches the stages of nested pipelines, and wins over what these are given', async () => {
  const files = {'p.yaml': table, 'cell.yaml': cell};
  const set = ['cell.other.epochs=9', 'cell.data.name=new', 'cell.net.rate=0.4'];
  const params = await paramsOf(files, ...set);
  assert.deepEqual(picked(params['cell[n=2]/other'], 'epochs'), [9]);
  assert.deepEqual(picked(params['cell[n=1]/data'], 'name', 'count'), ['new', 4]);
  assert.deepEqual(picked(params['cell[n=1]/net'], 'rate'), [0.4]);
});
