import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {encode as encodePng} from 'fast-png';
import {TensorToSave} from '../../../src/formats/pytorch/pickler.ts';
import {writePt} from '../../../src/formats/pytorch/write-pt.ts';
import {writeSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {pickImages} from '../../../stages/shared/transformed-dataset.ts';
import {tinyDataset} from '../../support/data/tiny-dataset.ts';
import {Rig, type Finished} from '../../support/program/rig.ts';

const tiny = tinyDataset();
const {height, width, channels} = tiny.shape;

/** A data set of any source is the tiny one here. */
const source = ['--dataset', 'images', '--source', 'file:///data'];
const short = ['--model', 'ConvNetD1W8', '--trials', '1', '--epochs', '3'];

async function withFiles(): Promise<Rig> {
  const rig = await Rig.create({PIPELINE_TEST_STAGES: 'tiny-download'});
  const images = new Float32Array(2 * height * width * channels).fill(0.5);
  const shape = [2, channels, height, width];
  const save = async (name: string, tensor: TensorToSave<Float32Array | BigInt64Array>) =>
    writePt(path.join(rig.folder, name), tensor, (of) => of);
  await save('images_best.pt', new TensorToSave({dtype: 'F32', shape, source: images}));
  const labels = BigInt64Array.of(0n, 1n);
  await save('labels_best.pt', new TensorToSave({dtype: 'I64', shape: [2], source: labels}));
  return rig;
}

async function writeSet(rig: Rig, name: string, changes: Partial<SyntheticSet>): Promise<void> {
  const picked = pickImages(tiny, tiny.train, [0, 1, 2, 3]);
  const set = {...tiny, ...picked, pixels: picked.images, stepSize: 0.02, provenance: {}};
  await writeSynthetic(path.join(rig.folder, name), {...set, ...changes});
}

const evaluate = (rig: Rig, ...args: readonly string[]): Promise<Finished> =>
  rig.pipeline('evaluate', ...args);

test('a set of PyTorch is judged beside random and all images, and a second time nothing is computed', async () => {
  await using rig = await withFiles();
  const given = ['images_best.pt', 'labels_best.pt', ...source, ...short, '--no-zca'];
  const all = ['--step-size', '0.02', '--controls', 'random,all', '--augmentation', 'both'];
  const done = await evaluate(rig, ...given, ...all);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assert.match(
    done.stdout,
    /^Wrote evaluation\.yaml\. To run all of it: pipeline run evaluation\.yaml\n/,
  );
  const numbers = String.raw`(?:[+−]?\d+\.\d \| +){2}0\.\d{3} \| +0\.\d{3} \| +`;
  const bytes = 2 * (4 * height * width * channels + 4);
  assert.match(
    done.stdout,
    new RegExp(String.raw`\| ConvNetD1W8 \| images_best \| +${numbers}${bytes} \| `),
  );
  assert.match(done.stdout, /Protocol: mtt, epochs 3\./);
  const again = await evaluate(rig, ...given, ...all, '--json');
  assert.equal(again.code, 0, again.stderr);
  const {run} = JSON.parse(again.stdout) as {run: {readonly instances: Record<string, number>}};
  assert.equal(JSON.stringify(run).includes('"outcome":"ok"'), true);
  const events = await rig.eventsOf((await rig.runs()).at(-1)!);
  assert.deepEqual(
    events.filter(({kind}) => kind === 'started'),
    [],
  );
});

test('a folder of pictures and a result of a run are judged as well', async () => {
  await using rig = await withFiles();
  for (const [folder, level] of Object.entries({red: 200, blue: 30})) {
    await mkdir(path.join(rig.folder, 'set', folder), {recursive: true});
    const data = new Uint8Array(height * width * 3).fill(level);
    const picture = encodePng({width, height, data, channels: 3});
    await writeFile(path.join(rig.folder, 'set', folder, 'a.png'), picture);
  }
  const pictures = await evaluate(rig, 'set/', ...source, ...short, '--protocol', 'dc');
  assert.equal(pictures.code, 0, pictures.stdout + pictures.stderr);
  assert.match(pictures.stdout, /\| ConvNetD1W8 \| +\d+\.\d ± 0\.0 \(1\) \|/);
  assert.match(pictures.stdout, /Protocol: dc, epochs 3\./);

  const other = [...source, ...short, '--protocol', 'dc', '--write', 'again.yaml'];
  const result = await evaluate(rig, 'imported.synthetic', ...other);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  // It is the same set, so the same networks are trained on it.
  const row = (text: string): string | undefined => /\| ConvNetD1W8 \| +\d.*/.exec(text)?.[0];
  assert.equal(row(result.stdout), row(pictures.stdout));
});

test('a file of this program knows its data set and its transform', async () => {
  await using rig = await withFiles();
  await writeSet(rig, 'digits.safetensors', {
    name: 'mnist',
    shape: {height: 28, width: 28, channels: 1},
    images: new Float32Array(4 * 28 * 28),
    pixels: new Float32Array(4 * 28 * 28),
    transform: {kind: 'standardise', mean: Float32Array.of(0.5), std: Float32Array.of(0.25)},
  });
  const models = ['--model', 'ConvNet,MLP', '--labels', 'both', '--protocol', 'datm', '--no-run'];
  const written = await evaluate(rig, 'digits.safetensors', ...models, '--held-out', '5000');
  assert.equal(written.code, 0, written.stderr);
  const text = await rig.read('evaluation.yaml');
  assert.match(text, /with: \{dataset: "mnist", heldOut: 5000\}/);
  assert.match(text, /method: standardise/);
  assert.match(text, /synthetic: "\.\/digits\.safetensors"/);
  assert.match(text, /matrix: \{model: \["ConvNet", "MLP"\], labels: \[own, hard\]\}/);
  const controls = ['--controls', 'random,all', '--held-out', '5000', '--no-run'];
  await evaluate(rig, 'digits.safetensors', ...controls);
  const searched = (await rig.read('evaluation.yaml')).match(/search: \[0\.001, .*, 0\.1\]/g);
  assert.equal(searched?.length, 2);
});

test('mistakes are reported before anything runs, and leave no pipeline file', async () => {
  await using rig = await withFiles();
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const {code, stderr} = await evaluate(rig, ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    await assert.rejects(rig.read('evaluation.yaml'), {code: 'ENOENT'});
  };
  const official = ['images_best.pt', 'labels_best.pt'];
  await refused(/^There is no file none\.pt\./, 'none.pt', ...source);
  await refused(/^images_best\.pt does not say of which data set it is/, ...official);
  await refused(/do not hold the learned step size/, ...official, ...source);
  const digits = [...official, '--dataset', 'mnist', '--step-size', '1'];
  await refused(/images must be \[n, 1, 28, 28\] for mnist/, ...digits);
  await refused(
    /Allowed choices are mtt, dc, dsa, datm, dd-ranking/,
    ...official,
    '--protocol',
    'x',
  );
  await refused(/--controls must be random, all,/, ...official, ...source, '--controls', 'half');
  await refused(/--learning-rate must be/, ...official, ...source, '--learning-rate', '-1');
  await refused(/--held-out 5000 sets/, ...official, ...source, '--learning-rate', 'search');
  await refused(/^These files have no images/, 'labels_best.pt', ...source);
  await mkdir(path.join(rig.folder, 'pictures'));
  await refused(/^These are several sets/, 'images_best.pt', 'pictures', ...source);
  await refused(/pictures, which have no learned step size/, 'pictures', ...source);
  await rig.write('other.txt', 'no set at all');
  await refused(/^other\.txt: /, 'other.txt', ...source);
});

test('a set of another data set, and soft labels under a protocol that has none, are refused', async () => {
  await using rig = await withFiles();
  const refused = async (message: RegExp, ...args: readonly string[]): Promise<void> => {
    const {code, stderr} = await evaluate(rig, 'set.safetensors', '--no-run', ...args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  };
  await writeSet(rig, 'set.safetensors', {name: 'cifar10'});
  await refused(/^The images of set\.safetensors are 8×8×3, and those of cifar10 32×32×3\./);
  await refused(/was made from cifar10, not from mnist\./, '--dataset', 'mnist');
  await writeSet(rig, 'set.safetensors', {});
  await refused(/was made from tiny, which is no named data set/);
  await refused(/has a step size of its own.*--learning-rate/, ...source, '--step-size', '0.5');
  const targets = {kind: 'rows', values: new Float32Array(8).fill(0.5)} as const;
  await writeSet(rig, 'set.safetensors', {targets});
  await refused(/has soft labels, and the protocol mtt trains/, ...source);
  const kept = [...source, '--labels', 'own', '--no-run'];
  const {code, stderr} = await evaluate(rig, 'set.safetensors', ...kept);
  assert.equal(code, 0, stderr);
  assert.match(await rig.read('evaluation.yaml'), /labels: own/);
});
