import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {test} from 'node:test';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import {inputsOfRest} from '../../src/plan/going-on.ts';
import type {InstanceGraph} from '../../src/pipeline/graph/instance.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {writePictures} from '../support/data/small-pictures.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const folder = repositoryFile('pipelines/mtt');
const presets = (await readdir(folder)).sort();

async function graphOf(preset: string, set: readonly string[] = []): Promise<InstanceGraph> {
  const loaded = await loadPipeline({file: path.join(folder, preset), registry, set});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return loaded.graph;
}

test('there is a preset for every row of the settings', () => {
  const rows = ['cifar10', 'cifar100', 'tiny-imagenet'].flatMap((name) =>
    [1, 10, 50].map((ipc) => `${name}-ipc${ipc}.yaml`),
  );
  const all = [...rows, 'imagenet-ipc1.yaml', 'imagenet-ipc10.yaml'].sort();
  assert.deepEqual(presets, all);
});

/** The published values by file: N, M, T⁺, |b| (all if absent), η_x, η_α, α₀, and whether the images are whitened. */
const published: Readonly<
  Record<string, readonly [number, number, number, number | undefined, number, number, boolean]>
> = {
  'cifar10-ipc1': [50, 2, 2, undefined, 1e3, 1e-7, true],
  'cifar10-ipc10': [50, 2, 20, undefined, 1e3, 1e-5, true],
  'cifar10-ipc50': [30, 2, 40, 125, 1e3, 1e-5, true],
  'cifar100-ipc1': [20, 3, 20, undefined, 1e3, 1e-5, true],
  'cifar100-ipc10': [20, 2, 20, undefined, 1e3, 1e-5, false],
  'cifar100-ipc50': [80, 2, 40, 125, 1e3, 1e-5, true],
  'tiny-imagenet-ipc1': [10, 2, 10, undefined, 1e4, 1e-4, false],
  'tiny-imagenet-ipc10': [20, 2, 40, 200, 1e4, 1e-4, false],
  'tiny-imagenet-ipc50': [20, 2, 40, 300, 1e4, 1e-4, false],
  'imagenet-ipc1': [20, 2, 10, undefined, 1e5, 1e-6, false],
  'imagenet-ipc10': [20, 2, 10, 20, 1e5, 1e-6, false],
};

for (const preset of presets) {
  test(`${preset} has the published settings, and experts that go as far as is read`, async () => {
    const {instances} = await graphOf(preset);
    const all = [...instances.values()];
    const {params} = all.find(({type}) => type.contract.type === 'distill')!;
    const method = all.find(({type}) => type.contract.type === 'zca')!.params['method'];
    const [steps, expertEpochs, maxStartEpoch, batch, pixelRate, stepSizeRate, isWhitened] =
      published[path.parse(preset).name]!;
    assert.deepEqual(
      {
        ipc: params['ipc'],
        steps: params['steps'],
        expertEpochs: params['expertEpochs'],
        maxStartEpoch: params['maxStartEpoch'],
        batch: params['batch'],
        pixelRate: params['pixelRate'],
        stepSizeRate: params['stepSizeRate'],
        stepSize: params['stepSize'],
        method,
      },
      {
        ipc: Number(/ipc(\d+)/.exec(preset)![1]),
        steps,
        expertEpochs,
        maxStartEpoch,
        batch,
        pixelRate,
        stepSizeRate,
        stepSize: 0.01,
        method: isWhitened ? 'zca' : 'standardise',
      },
    );
    const experts = all.filter(({type}) => type.contract.type === 'train-expert');
    assert.equal(experts.length, 100);
    for (const expert of experts) {
      assert.equal(expert.params['epochs'], maxStartEpoch - 1 + expertEpochs);
    }
  });

  test(`${preset} is a few instances in small, and its experts go as far as is read`, async () => {
    const small = await graphOf(preset, ['scale=smoke']);
    assert.ok(small.instances.size < 20, `${small.instances.size} instances`);
    const all = [...small.instances.values()];
    const {params} = all.find(({type}) => type.contract.type === 'distill')!;
    const read = Number(params['maxStartEpoch']) - 1 + Number(params['expertEpochs']);
    const experts = all.filter(({type}) => type.contract.type === 'train-expert');
    assert.deepEqual(new Set(experts.map((expert) => expert.params['epochs'])), new Set([read]));
    // `preset-runs.test.ts` runs this preset of the data set, whose graph must be the same.
    const twin = presets.findLast((name) => name.startsWith(preset.replace(/ipc.*/, '')))!;
    assert.deepEqual(wiringOf(small), wiringOf(await graphOf(twin, ['scale=smoke'])));
  });
}

/** Gives the types and inputs of a graph's instances, without their parameters. */
function wiringOf({instances}: InstanceGraph): unknown {
  return Array.from(instances.values(), ({id, type, inputs}) => ({
    id,
    type: type.contract.type,
    inputs: Object.entries(inputs).map(([name, sources]) => [
      name,
      sources.map(({instance, output}) => `${instance}.${output}`),
    ]),
  }));
}

test('a preset runs whole in small, on pictures of one’s own', async () => {
  await using pictures = await TemporaryFolder.create();
  await writePictures(pictures.path);
  await using place = await TemporaryFolder.create();
  const source = pathToFileURL(pictures.path).href;
  const run = spawnSync(
    process.execPath,
    [
      repositoryFile('dist/bundle/src/cli/main.js'),
      'run',
      path.join(folder, 'cifar10-ipc1.yaml'),
      '--set',
      'scale=smoke',
      '--set',
      'dataset=images',
      '--set',
      `source=[${source}]`,
    ],
    {cwd: place.path, encoding: 'utf8'},
  );
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const {stdout} = run;
  assert.match(stdout, /\| ConvNetD3W8 \|.*\(1\) \|/);
  assert.match(stdout, /distilled \|.*random \|.*herding \|/);
});

test('whatever computes with networks asks for a device, so that a GPU can be named for a whole run', async () => {
  for (const preset of presets) {
    const {instances} = await graphOf(preset);
    const computing = [...instances.values()].filter(({type}) =>
      ['train-expert', 'distill', 'coreset', 'evaluate'].includes(type.contract.type),
    );
    assert.ok(computing.length > 3);
    for (const {id, resources} of computing) assert.equal(resources.device, 1, `${preset}: ${id}`);
  }
});

test('the experts of the presets of CIFAR-10 differ only in epochs, by which each goes on from a shorter one', async () => {
  const cells = ['ipc1', 'ipc10', 'ipc50'];
  const [one, ten, fifty] = await Promise.all(
    cells.map(async (cell) => {
      const graph = await graphOf(`cifar10-${cell}.yaml`);
      return [...graph.instances.values()].filter(
        ({type}) => type.contract.type === 'train-expert',
      );
    }),
  );
  assert.equal(fifty!.length, 100);
  assert.equal(fifty![0]!.type.contract.goesOn?.by, 'epochs');
  const apart = [one, ten, fifty].map((experts) =>
    experts!.map(({id, params, inputs}) => ({id, params: {...params, epochs: 'any'}, inputs})),
  );
  assert.deepEqual(apart, [apart[2], apart[2], apart[2]]);
  const epochs = [one, ten, fifty].map((experts) => experts![0]!.params['epochs']);
  assert.deepEqual(epochs, [3, 21, 41]);
  const [first] = ten!;
  const {contract} = first!.type;
  const inputs = inputsOfRest(contract, one![0]!.params, {dataset: [], start: []});
  assert.equal(inputs['start']!.length, 1);
  const given = {instance: 'expert', params: first!.params, inputs};
  assert.deepEqual(contract.check!(given), []);
});
