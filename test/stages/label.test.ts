import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {StageContext} from '../../src/contract/stage.ts';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic, writeSynthetic} from '../../src/learning/codecs/synthetic.ts';
import {targetRows} from '../../src/learning/data/targets.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {Classifier} from '../../src/learning/training/classifier.ts';
import {contract} from '../../stages/label/contract.ts';
import {run} from '../../stages/label/run.ts';
import {pickImages} from '../../stages/shared/transformed-dataset.ts';
import {tinyDataset} from '../support/data/tiny-dataset.ts';
import {tinyModel} from '../support/data/tiny-problem.ts';
import {startTestEngine} from '../support/engines/test-engine.ts';
import {
  fails,
  filled,
  makeLearningFiles,
  sharedLearningFiles,
} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles(2);
const tiny = tinyDataset();
const picked = pickImages(tiny, tiny.train, [0, 1, 2, 3, 4]);
const {images: pixels} = picked;
const set: SyntheticSet = {
  ...tiny,
  ...picked,
  pixels,
  stepSize: 0.02,
  provenance: {method: 'mine'},
};

interface Given {
  readonly params?: object;
  readonly made?: SyntheticSet;
  readonly buffers?: readonly string[];
}

async function contextOf(
  rig: StageRig,
  {params = {}, made = set, buffers = files.buffers}: Given = {},
): Promise<StageContext<typeof contract>> {
  const synthetic = rig.folder.file('set');
  await writeSynthetic(synthetic, made);
  return rig.context({params: filled(contract, params), inputs: {synthetic: [synthetic], buffers}});
}

async function labelled(rig: StageRig, given?: Given): Promise<SyntheticSet> {
  await run(await contextOf(rig, given));
  return await readSynthetic(rig.output('synthetic'));
}

/** The probability that an expert gives to each class of each image, from its losses under every label. */
async function probabilities(expert: number, epoch: number): Promise<readonly number[]> {
  const engine = await startTestEngine();
  await using buffers = await openBuffers(files.buffers);
  const theta = await buffers.snapshot(expert, epoch);
  const network = {theta: engine.upload(theta, [theta.length])};
  const classifier = new Classifier(engine, tinyModel());
  const rows: number[] = [];
  for (let image = 0; image < set.count; image++) {
    const images = set.images.subarray(192 * image, 192 * (image + 1));
    for (const label of [0, 1]) {
      const one = {images, labels: Int32Array.of(label), count: 1};
      rows.push(Math.exp(-(await classifier.test(network, one)).loss));
    }
  }
  return rows;
}

function assertClose(actual: Float32Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, number] of actual.entries()) {
    assert.ok(Math.abs(number - expected[i]!) < 1e-5, `${i}: ${number} ${expected[i]}`);
  }
}

test('labels are the logits of the first expert after its last epoch, and nothing else changes', async () => {
  await using rig = await StageRig.create();
  const {targets, provenance, ...rest} = await labelled(rig);
  assert.equal(targets?.kind, 'logits');
  assertClose(targetRows(targets, 2), await probabilities(0, 2));
  const {provenance: _, ...given} = {...set, transform: tiny.transform!};
  for (const [name, value] of Object.entries(rest)) {
    assert.deepEqual(value, given[name as keyof typeof given], name);
  }
  assert.equal(provenance['method'], 'mine');
  assert.equal(provenance['labels'], 'logits of the first expert of ConvNetD1W8 after 2 epochs');
});

test('labels may be of an earlier epoch, at a temperature', async () => {
  await using rig = await StageRig.create();
  const {targets} = await labelled(rig, {params: {epoch: 1, temperature: 2}});
  const cooled = {...targets!, values: targets!.values.map((logit) => 2 * logit)};
  assertClose(targetRows(cooled, 2), await probabilities(0, 1));
});

test('logits of several experts are averaged, over all shards', async () => {
  await using rig = await StageRig.create();
  const logits = async (experts: number | 'all'): Promise<Float32Array> =>
    (await labelled(rig, {params: {experts}})).targets!.values;
  const each = await logits('all');
  assert.deepEqual(await logits(4), each);
  // The difference of two logits is the logarithm of the ratio of probabilities.
  const ratios = await Promise.all([0, 1, 2, 3].map(async (expert) => probabilities(expert, 2)));
  for (let image = 0; image < set.count; image++) {
    const mean = ratios.reduce(
      (sum, p) => sum + Math.log(p[2 * image]! / p[2 * image + 1]!) / 4,
      0,
    );
    const got = each[2 * image]! - each[2 * image + 1]!;
    assert.ok(Math.abs(got - mean) < 1e-4, `${got} ${mean}`);
  }
});

test('experts that classify an image wrongly do not count, and a warning says where none is right', async () => {
  await using rig = await StageRig.create();
  const ps = await Promise.all([0, 1].map(async (expert) => probabilities(expert, 2)));
  const votes = (image: number, label: number): number =>
    ps.filter((p) => p[2 * image + label]! > 0.5).length;
  // Every label is the one that fewer of the experts agree with.
  const labels = set.labels.map((_, image) => (votes(image, 0) < votes(image, 1) ? 0 : 1));
  const made = {...set, labels};
  const wanted = {experts: 2, average: 'correct'};
  const by = await labelled(rig, {made, params: wanted});
  const all = await labelled(rig, {made, params: {experts: 2}});
  const missed = [...labels].filter((label, image) => votes(image, label) === 0).length;
  assert.ok(missed > 0 && missed < set.count, String(missed));
  assert.deepEqual(rig.warnings, [
    `No expert classifies ${missed} of the 5 images correctly: their labels are the mean over all experts.`,
  ]);
  const first = labels.findIndex((label, image) => votes(image, label) === 0);
  const own = ({targets}: SyntheticSet): Float32Array =>
    targets!.values.subarray(2 * first, 2 * first + 2);
  assert.deepEqual(own(by), own(all));
  for (let image = 0; image < set.count; image++) {
    const [label, begin] = [labels[image]!, 2 * image];
    const right = ps.filter((p) => p[begin + label]! > 0.5);
    const counted = right.length === 0 ? ps : right;
    const mean = counted.reduce((sum, p) => sum + Math.log(p[begin]! / p[begin + 1]!), 0);
    const got = by.targets!.values[begin]! - by.targets!.values[begin + 1]!;
    assert.ok(Math.abs(got - mean / counted.length) < 1e-4);
  }
});

test('it says what does not go together', async () => {
  await using rig = await StageRig.create();
  const refuses = async (given: Given, message: RegExp): Promise<void> =>
    fails(run(await contextOf(rig, given)), message);
  await refuses(
    {params: {epoch: 3}},
    /epoch is 3, but the experts in buffers were trained for 2\./,
  );
  await refuses({params: {experts: 5}}, /5 experts are asked for, but there are 4 in buffers\./);
  await refuses({made: {...set, source: 'b'.repeat(64)}}, /trained on other images than those/);
  const canvases = new Float32Array(4 * set.images.length);
  const made = {...set, images: canvases, pixels: canvases, canvas: {size: 2, samples: 1}};
  await refuses({made}, /canvases, larger than what experts see/);
  await using normalised = await makeLearningFiles(1, 'ConvNetBN');
  await refuses({buffers: normalised.buffers}, /ConvNetBN, which classifies .* running statistics/);
});
