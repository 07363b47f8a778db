import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir} from 'node:fs/promises';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {test} from 'node:test';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {registry} from '../../stages/registry.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {writePictures} from '../support/data/small-pictures.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

const folder = repositoryFile('pipelines/datm');

/** The published values: N, M, T⁻, T, T⁺, I, |b|, η_x, η_y, η_α, τ, and how images are chosen at the start. */
type Cell = readonly [...(number | undefined)[], string];

const published: Readonly<Record<string, Readonly<Record<number, Cell>>>> = {
  cifar10: {
    1: [80, 2, 0, 4, 4, undefined, 10, 100, 5, 1e-7, 1.1, 'correct'],
    10: [80, 2, 0, 10, 20, 1000, 100, 100, 2, 1e-5, 1, 'correct'],
    50: [80, 2, 0, 20, 40, 2000, 500, 1000, 2, 1e-5, 1, 'correct'],
    500: [40, 2, 40, 60, 60, undefined, 1000, 50, 10, 1e-5, 1, 'correct'],
    1000: [100, 2, 40, 60, 60, undefined, 1000, 50, 10, 1e-5, 1, 'correct'],
  },
  cifar100: {
    1: [40, 3, 0, 10, 20, 1000, 100, 1000, 10, 1e-5, 1, 'correct'],
    10: [80, 2, 0, 30, 50, 2000, 1000, 1000, 10, 1e-5, 1, 'correct'],
    50: [80, 2, 20, 70, 70, undefined, 1000, 1000, 10, 1e-5, 1, 'random'],
    100: [80, 2, 30, 70, 70, undefined, 1000, 50, 10, 1e-5, 1, 'correct'],
  },
  'tiny-imagenet': {
    1: [40, 2, 0, 15, 20, 2000, 200, 10000, 10, 1e-4, 1, 'correct'],
    10: [40, 2, 10, 50, 50, undefined, 500, 100, 10, 1e-4, 1, 'correct'],
    50: [20, 2, 40, 70, 70, undefined, 1000, 100, 10, 1e-4, 1, 'correct'],
  },
};

test('there is a preset for every data set of the settings', async () => {
  const files = Object.keys(published).map((name) => `${name}.yaml`);
  assert.deepEqual((await readdir(folder)).sort(), files.sort());
});

async function instancesOf(preset: string, cell: string): Promise<readonly Instance[]> {
  const file = path.join(folder, `${preset}.yaml`);
  const loaded = await loadPipeline({file, registry, set: [`cell=${cell}`]});
  assert.ok(loaded.kind === 'ok', JSON.stringify(loaded));
  assert.deepEqual(loaded.warnings, []);
  return [...loaded.graph.instances.values()];
}

const ofType = (all: readonly Instance[], type: string): readonly Instance[] =>
  all.filter((instance) => instance.type.contract.type === type);

for (const [preset, cells] of Object.entries(published)) {
  for (const [ipc, settings] of Object.entries(cells)) {
    test(`${preset}, ${ipc} images of each class, has the published settings`, async () => {
      const all = await instancesOf(preset, `ipc${ipc}`);
      const [distilled] = ofType(all, 'distill');
      const {growth, ...params} = distilled!.params;
      const {from, until} = growth as {readonly from: number; readonly until: number};
      const [chosen] = ofType(all, 'coreset');
      const grows = from < Number(params['maxStartEpoch']);
      const names = ['pixelRate', 'labelRate', 'stepSizeRate', 'maxLoss'];
      assert.deepEqual(
        [
          ...['steps', 'expertEpochs', 'minStartEpoch'].map((name) => params[name]),
          from,
          params['maxStartEpoch'],
          grows ? until : undefined,
          params['batch'],
          ...names.map((name) => params[name]),
          chosen!.params['method'],
        ],
        settings,
      );
      assert.deepEqual([params['ipc'], chosen!.params['ipc']], [Number(ipc), Number(ipc)]);
      assert.equal(params['iterations'], 10000);
      assert.equal(ofType(all, 'zca')[0]!.params['method'], 'zca');
      const [label] = ofType(all, 'label');
      const asks = settings.at(-1) === 'correct' ? ['all', 'correct'] : [1, 'all'];
      assert.deepEqual([label!.params['experts'], label!.params['average']], asks);
      const experts = ofType(all, 'train-expert');
      assert.equal(experts.length, 100);
      for (const {params: of} of experts) {
        assert.deepEqual(
          [of['epochs'], of['flat']],
          [100, {rho: 0.01, alpha: 0.3, adaptive: true}],
        );
      }
    });
  }

  test(`${preset} is a few instances in small, of the same graph`, async () => {
    const types = async (cell: string): Promise<ReadonlySet<string>> =>
      new Set((await instancesOf(preset, cell)).map(({type}) => type.contract.type));
    const small = await instancesOf(preset, 'smoke');
    assert.ok(small.length < 20, `${small.length} instances`);
    assert.deepEqual(await types('smoke'), await types('ipc1'));
  });
}

test('the cells of a data set share their experts', async () => {
  const experts = await Promise.all(
    ['ipc1', 'ipc1000'].map(async (cell) =>
      ofType(await instancesOf('cifar10', cell), 'train-expert').map(({params}) => params),
    ),
  );
  assert.deepEqual(experts[0], experts[1]);
});

test('whatever computes with networks asks for a device', async () => {
  for (const preset of Object.keys(published)) {
    const computing = (await instancesOf(preset, 'smoke')).filter(({type}) =>
      ['train-expert', 'distill', 'coreset', 'label', 'evaluate'].includes(type.contract.type),
    );
    assert.ok(computing.length > 5);
    for (const {id, resources} of computing) assert.equal(resources.device, 1, `${preset}: ${id}`);
  }
});

test('a preset runs whole in small, on pictures of one’s own', async () => {
  await using place = await TemporaryFolder.create();
  await writePictures(place.file('pictures'));
  const source = pathToFileURL(place.file('pictures')).href;
  const set = ['cell=smoke', 'dataset=images', `source=[${source}]`];
  const run = spawnSync(
    process.execPath,
    [
      repositoryFile('dist/bundle/src/cli/main.js'),
      'run',
      path.join(folder, 'cifar10.yaml'),
      ...set.flatMap((one) => ['--set', one]),
    ],
    {cwd: place.path, encoding: 'utf8'},
  );
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /distilled, own labels \|.*start, own labels \|/);
  assert.match(run.stdout, /\| ConvNetD3W8 \|.*\(1\) \|/);
});
