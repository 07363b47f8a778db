import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {readTable, type Table} from '../../src/learning/codecs/table-arrow.ts';
import {loadPipeline} from '../../src/pipeline/load-pipeline.ts';
import type {Instance} from '../../src/pipeline/graph/instance.ts';
import {registry} from '../../stages/registry.ts';
import type {RunEvent} from '../../src/journal/event.ts';
import type {StageRecord} from '../../src/store/records/record.ts';
import {classCounts, writeOfficialLayouts} from '../support/data/official-layouts.ts';
import {repositoryFile} from '../support/texts/repository.ts';
import {Rig} from '../support/program/rig.ts';
import {rgbPixels} from '../support/data/small-archives.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

// Runs one preset of each data set at its smallest size, on files in the layout of the data set's authors. The other
// presets of a data set have the same graph with other numbers, which `presets.test.ts` checks.

const folder = repositoryFile('pipelines/mtt');
const presets = ['cifar10-ipc50', 'cifar100-ipc50', 'tiny-imagenet-ipc50', 'imagenet-ipc10'].map(
  (name) => `${name}.yaml`,
);

let place: TemporaryFolder;
before(async () => {
  place = await TemporaryFolder.createInMemory();
  await writeOfficialLayouts(place.path);
});
after(async () => place[Symbol.asyncDispose]());

const sideOf = {cifar10: 32, cifar100: 32, 'tiny-imagenet': 64, imagenet: 128} as const;
const modelOf = {
  cifar10: 'ConvNetD3W8',
  cifar100: 'ConvNetD3W8',
  'tiny-imagenet': 'ConvNetD4W8',
  imagenet: 'ConvNetD5W8',
} as const;

for (const preset of presets) {
  const dataset = /^(.*)-ipc\d+\.yaml$/.exec(preset)![1] as keyof typeof sideOf;
  test(`${preset} runs whole in small, on ${dataset} as it is given out`, async () => {
    const source = pathToFileURL(place.file(dataset === 'imagenet' ? 'imagenet' : '')).href;
    const set = ['scale=smoke', `source=${dataset === 'imagenet' ? source : `[${source}]`}`];
    const file = path.join(folder, preset);
    const instances = await instancesOf(file, set);
    const records = run(file, set);
    assert.deepEqual([...records.keys()].sort(), [...instances.keys()].sort());

    const stored = (instance: string, output: string, index = 0): string => {
      const artifact = records.get(instance)!.outputs[output]!.artifacts[index]!;
      const {digest} = artifact;
      return path.join(place.path, 'store/cas', digest.slice(0, 2), digest);
    };
    const [classes, side] = [classCounts[dataset]!, sideOf[dataset]];
    const [begin, end] = await Promise.all(
      [0, 1].map((index) => readSynthetic(stored('distilled', 'snapshots', index))),
    );
    for (const [synthetic, iteration] of [
      [begin!, 0],
      [end!, 2],
    ] as const) {
      assert.equal(synthetic.iteration, iteration);
      assert.deepEqual([...synthetic.labels], [...Array(classes).keys()]);
      assert.deepEqual(synthetic.shape, {height: side, width: side, channels: 3});
      assert.equal(synthetic.images.length, classes * side * side * 3);
      assert.ok(synthetic.images.every(Number.isFinite));
      assert.ok(synthetic.stepSize > 0);
    }
    if (dataset.startsWith('cifar')) assertRealImages(begin!.pixels, classes);
    assert.ok(
      end!.images.some((value, i) => value !== begin!.images[i]),
      'no pixel has moved',
    );

    const {params} = instances.get('distilled')!;
    assertMetrics(await readTable(stored('distilled', 'metrics')), params);
    assertRows(await readTable(stored('table', 'table')), {model: modelOf[dataset], classes});
  });
}

async function instancesOf(
  file: string,
  set: readonly string[],
): Promise<ReadonlyMap<string, Instance>> {
  const loaded = await loadPipeline({file, registry, set});
  assert.ok(loaded.kind === 'ok');
  return loaded.graph.instances;
}

/**
 * Runs the program; gives the records by instance. Presets share a store, and so they share equal data sets and
 * experts.
 */
function run(file: string, set: readonly string[]): ReadonlyMap<string, StageRecord> {
  const args = ['run', file, '--json', '--store', place.file('store')];
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    [Rig.program, ...args, ...set.flatMap((one) => ['--set', one])],
    {
      cwd: place.path,
      encoding: 'utf8',
      env: {...process.env, CUDA_VISIBLE_DEVICES: '', PIPELINE_TEST_STAGES: 'small-downloads'},
    },
  );
  assert.equal(status, 0, stdout + stderr);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
  const last = events.at(-1)!;
  assert.ok(last.kind === 'run-finished' && last.outcome === 'ok', JSON.stringify(last));
  const keys = events.flatMap((event) =>
    event.kind === 'hit' || event.kind === 'finished' ? [event] : [],
  );
  for (const event of keys) {
    if (event.kind === 'finished') recorded.set(event.record.key, event.record);
  }
  return new Map(
    keys.map((event) => {
      const key = event.kind === 'hit' ? event.key : event.record.key;
      return [String(event.instance), recorded.get(key)!];
    }),
  );
}

const recorded = new Map<string, StageRecord>();

/** Checks that each initial image of a distillation equals one of the two images of its class in the archive. */
function assertRealImages(pixels: Float32Array, classes: number): void {
  const size = 32 * 32 * 3;
  for (let label = 0; label < classes; label++) {
    const image = pixels.subarray(label * size, (label + 1) * size);
    const isOne = [label, label + classes].some((number) => {
      const real = rgbPixels(32, 32, number);
      return image.every((value, i) => Math.abs(value - real[i]! / 255) < 1e-5);
    });
    assert.ok(isOne, `the image of class ${label} is no image of it`);
  }
}

function assertMetrics(table: Table, params: Instance['params']): void {
  assert.deepEqual(column(table, 'iteration'), [1, 2]);
  for (const name of ['loss', 'stepSize']) {
    for (const value of column(table, name)) {
      assert.ok(Number(value) > 0 && Number.isFinite(value), `${name} ${value}`);
    }
  }
  for (const epoch of column(table, 'startEpoch')) {
    assert.ok(Number(epoch) < Number(params['maxStartEpoch']));
  }
}

/**
 * Checks that the table has a row for each set: the distilled one and both controls, with an accuracy that is a
 * fraction of the test images.
 */
function assertRows(
  table: Table,
  {model, classes}: {readonly model: string; readonly classes: number},
): void {
  const sets = column(table, 'set');
  assert.equal(sets.length, 3);
  assert.deepEqual(new Set(sets), new Set(['distilled', 'random', 'herding']));
  assert.deepEqual(new Set(column(table, 'model')), new Set([model]));
  // The test images are one of each class, and at most 100.
  const tested = Math.min(classes, 100);
  for (const mean of column(table, 'mean').map(Number)) {
    assert.ok(mean >= 0 && mean <= 1, String(mean));
    assert.ok(Math.abs(mean * tested - Math.round(mean * tested)) < 1e-9, String(mean));
  }
}

function column({columns}: Table, name: string): readonly (string | number)[] {
  return [...columns[name]!];
}
