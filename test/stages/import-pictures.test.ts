import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {encode as encodePng} from 'fast-png';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {writeTransform} from '../../src/learning/codecs/transform.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {run} from '../../stages/import-pictures/run.ts';
import {fails} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';
import {unreadableTinyDataset} from '../support/data/tiny-dataset.ts';

// Its images cannot be read, so the test fails if the stage reads one. Its classes are red and blue.
const dataset = unreadableTinyDataset();
const {height, width} = dataset.shape;

/** Writes pictures of one colour, each by its path. */
async function importing(
  colours: Readonly<Record<string, readonly [number, number, number]>>,
  {side = height, channels = 3}: {readonly side?: number; readonly channels?: 1 | 3} = {},
): Promise<SyntheticSet> {
  await using rig = await StageRig.create();
  const {folder} = rig;
  const transform = {
    kind: 'standardise',
    mean: new Float32Array(channels).fill(0.5),
    std: new Float32Array(channels).fill(0.25),
  } as const;
  const {transform: _t, transformDigest: _d, ...rest} = dataset;
  const data = {...rest, shape: {height, width, channels}, transform};
  const images = new Float32Array(dataset.train.count * height * width * channels);
  const test = new Float32Array(dataset.test.count * height * width * channels);
  await writeDataset(folder.file('dataset'), {
    ...data,
    train: {...dataset.train, images},
    test: {...dataset.test, images: test},
  });
  await writeTransform(folder.file('transform'), {...data, count: 40});
  for (const [name, colour] of Object.entries(colours)) {
    const file = path.join(folder.file('set'), name);
    await mkdir(path.dirname(file), {recursive: true});
    const pixels = Uint8Array.from({length: side * side * 3}, (_, i) => colour[i % 3]!);
    await writeFile(file, encodePng({width: side, height: side, data: pixels, channels: 3}));
  }
  const source = pathToFileURL(folder.file('set')).href;
  const inputs = {dataset: [folder.file('dataset')], transform: [folder.file('transform')]};
  await run(rig.context({params: {source, stepSize: 0.03}, inputs}));
  return await readSynthetic(rig.output('synthetic'));
}

test('pictures become images as networks take them, in the order of the classes', async () => {
  const set = await importing({
    'blue/0.png': [0, 0, 255],
    'red/b.png': [255, 0, 0],
    'red/a.png': [102, 0, 0],
  });
  assert.deepEqual([...set.labels], [0, 0, 1]);
  assert.equal(set.stepSize, 0.03);
  assert.equal(set.source, dataset.source);
  // (102/255 − 0.5) / 0.25, and the ends of the range.
  const size = height * width * 3;
  assert.ok(Math.abs(set.images[0]! - -0.4) < 1e-6);
  assert.deepEqual([...set.images.subarray(size, size + 3)], [2, -2, -2]);
  assert.deepEqual([...set.images.subarray(2 * size, 2 * size + 3)], [-2, -2, 2]);
  assert.ok(Math.abs(set.pixels[0]! - 0.4) < 1e-6);
});

test('folders may be numbers, alone or before a name', async () => {
  const set = await importing({'1/x.png': [0, 0, 0], '00-crimson/x.png': [255, 255, 255]});
  assert.deepEqual([...set.labels], [0, 1]);
  assert.equal(set.images[0], 2);
});

test('colours become grey where the data set is', async () => {
  const set = await importing({'0/x.png': [255, 0, 0], '1/x.png': [90, 90, 90]}, {channels: 1});
  assert.equal(set.images.length, 2 * height * width);
  // 0.299 · 255 = 76.
  assert.ok(Math.abs(set.pixels[0]! - 76 / 255) < 1e-6, String(set.pixels[0]));
  assert.ok(Math.abs(set.pixels.at(-1)! - 90 / 255) < 1e-6);
});

test('folders that are no class, and pictures of another size, are refused by their names', async () => {
  const stray = importing({'red/a.png': [1, 2, 3], 'green/a.png': [1, 2, 3]});
  await fails(
    stray as never,
    /the folder green is no class of tiny, whose 2 classes are red, blue/,
  );
  const beyond = importing({'0/a.png': [1, 2, 3], '2/a.png': [1, 2, 3]});
  await fails(beyond as never, /the folder 2 is no class of tiny/);
  const large = importing({'red/a.png': [1, 2, 3], 'blue/a.png': [1, 2, 3]}, {side: 2 * height});
  await fails(large as never, /its pictures have \d+×\d+ pixels, and the images of tiny/);
});
