import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {encode} from 'fast-png';
import {writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {Rig, type Finished} from '../support/program/rig.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';

/** Runs the program with the real stage types. */
async function run(rig: Rig): Promise<Finished> {
  return await rig.pipeline('run', 'p.yaml');
}

/** Writes two pictures of 8 × 8 pixels for each of two classes in each split. Their blue is 77 everywhere. */
async function writePictures(folder: string): Promise<void> {
  for (const name of ['train/a', 'train/b', 'test/a', 'test/b']) {
    await mkdir(path.join(folder, name), {recursive: true});
    for (const number of [1, 2]) {
      const data = Uint8Array.from({length: 192}, (_, i) =>
        i % 3 === 2 ? 77 : (i * number * name.length) % 256,
      );
      const png = encode({width: 8, height: 8, channels: 3, data});
      await writeFile(path.join(folder, name, `${number}.png`), png);
    }
  }
}

test('pictures whose blue is the same everywhere are not standardised', async () => {
  await using rig = await Rig.withLearning();
  await writePictures(path.join(rig.folder, 'pictures'));
  await rig.write(
    'p.yaml',
    `
stages:
  images: {uses: download, with: {dataset: images, source: "file://${rig.folder}/pictures"}}
  seen: {uses: zca, with: {method: standardise}, inputs: {dataset: images.dataset}}
`,
  );
  const {code, stdout} = await run(rig);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /✗ seen failed\. Channel 2 \(blue\) of images is 77 in every pixel of the training images: its standard deviation is 0, and nothing can be divided by that\. Make the pictures without this channel, or take method: zca, which has eps for it\./,
  );
  assert.deepEqual(await rig.started(), ['images', 'seen']);
});

/** Writes a data set with two pixels that are not finite. The first of them is element 17. */
async function writeBadSet(rig: Rig): Promise<void> {
  const {train, ...tiny} = tinyDataset();
  const images = train.images.slice();
  images.set([Infinity, NaN], 17);
  const of = {...train, images, pixels: train.images, stepSize: 0.01, provenance: {}};
  await writeSynthetic(path.join(rig.folder, 'bad.safetensors'), {...tiny, ...of});
}

const fault =
  'has 2 numbers that are not finite in the tensor `images` (the first is element 17 of 7680)';

test('a program that writes a synthetic set with a NaN fails, and nothing of it is stored', async () => {
  await using rig = await Rig.withLearning();
  await writeBadSet(rig);
  await rig.write(
    'p.yaml',
    `
stages:
  made:
    run: [cp, "\${inputs.bad}", "\${outputs.synthetic}"]
    inputs: {bad: ./bad.safetensors}
    outputs: {synthetic: synthetic}
`,
  );
  const {code, stdout} = await run(rig);
  assert.equal(code, 1);
  assert.ok(stdout.includes(`✗ made failed. The output synthetic ${fault}.`), stdout);
  const records = await rig.stored('records');
  const texts = await Promise.all(records.map((name) => rig.read(`artifacts/records/${name}`)));
  // The only record is that of the imported file, since files may contain any numbers.
  assert.equal(texts.length, 1);
  assert.match(texts[0]!, /"type": "file"/);
});

test('evaluate refuses a stored set with a NaN by the name of the input', async () => {
  await using rig = await Rig.withLearning();
  await writeBadSet(rig);
  await rig.write(
    'p.yaml',
    `
stages:
  images: {uses: tiny-images}
  scores:
    uses: evaluate
    with: {model: MLP, trials: 1, epochs: 1}
    inputs: {dataset: images.dataset, synthetic: ./bad.safetensors}
`,
  );
  const {code, stdout} = await run(rig);
  assert.equal(code, 1);
  assert.ok(stdout.includes(`✗ scores failed. ./bad.safetensors: it ${fault}`), stdout);
});

test('a result of an earlier version with a NaN is found by verify, and set aside', async () => {
  await using rig = await Rig.withLearning();
  await writeBadSet(rig);
  await rig.write(
    'p.yaml',
    'stages: {made: {run: [cp, "${inputs.bad}", "${outputs.set}"], inputs: {bad: ./bad.safetensors}, outputs: {set: file}}}\n',
  );
  assert.equal((await run(rig)).code, 0);
  const made = (await rig.events()).findLast((event) => event.kind === 'finished')!;
  const {key} = made.record;
  const record = `artifacts/records/${key.slice(0, 2)}/${key}.json`;
  await rig.write(
    record,
    (await rig.read(record)).replace('"media": "file"', '"media": "synthetic"'),
  );
  const {code, stdout} = await rig.pipeline('verify', '--repair');
  assert.equal(code, 4);
  assert.ok(stdout.includes(`✗ The output set of run ${key.slice(0, 12)} ${fault} (`), stdout);
  assert.equal((await rig.pipeline('verify')).code, 0);
});
