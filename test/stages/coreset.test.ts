import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openBuffers} from '../../src/learning/codecs/buffers.ts';
import {readSynthetic} from '../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../src/learning/data/synthetic.ts';
import {Classifier} from '../../src/learning/training/classifier.ts';
import {contract} from '../../stages/coreset/contract.ts';
import {run} from '../../stages/coreset/run.ts';
import {tinyModel} from '../support/data/tiny-problem.ts';
import {startTestEngine} from '../support/engines/test-engine.ts';
import {
  fails,
  filled,
  makeLearningFiles,
  sharedLearningFiles,
} from '../support/registries/learning-files.ts';
import {StageRig} from '../support/registries/stage-context.ts';

const files = await sharedLearningFiles();

function choosing(
  rig: StageRig,
  given: object,
  buffers: readonly string[] = files.buffers,
): Promise<void> {
  const params = filled(contract, {seed: 3, ...given});
  const inputs = {dataset: [files.dataset], transform: [], like: [], buffers};
  return run(rig.context({params, inputs}));
}

async function chosen(rig: StageRig, given: object): Promise<SyntheticSet> {
  await choosing(rig, given);
  return await readSynthetic(rig.output('synthetic'));
}

/** Whether an expert classifies each image of a set correctly after its last epoch. */
async function areCorrect(
  expert: number,
  {images, labels}: SyntheticSet,
): Promise<readonly boolean[]> {
  const engine = await startTestEngine();
  await using buffers = await openBuffers(files.buffers);
  const theta = await buffers.snapshot(expert, buffers.snapshots - 1);
  const network = {theta: engine.upload(theta, [theta.length])};
  const classifier = new Classifier(engine, tinyModel());
  const correct: boolean[] = [];
  for (const [i, label] of labels.entries()) {
    const one = {
      images: images.subarray(192 * i, 192 * (i + 1)),
      labels: Int32Array.of(label),
      count: 1,
    };
    correct.push((await classifier.test(network, one)).accuracy === 1);
  }
  return correct;
}

test('method correct takes, in random order, what the first expert knows, then what the second does, then others', async () => {
  await using rig = await StageRig.create();
  // All 20 images of each class, in random order.
  const all = await chosen(rig, {method: 'random', ipc: 20});
  const [first, second] = [await areCorrect(0, all), await areCorrect(1, all)];
  const order = [0, 1].map((label) => {
    const own = Array.from({length: 20}, (_, i) => 20 * label + i);
    const known = own.filter((i) => first[i]!);
    const later = own.filter((i) => !first[i]! && second[i]!);
    const others = own.filter((i) => !first[i]! && !second[i]!);
    return {known: [...known, ...later].length, picks: [...known, ...later, ...others]};
  });
  for (const ipc of [1, 12, 20]) {
    rig.warnings.length = 0;
    const set = await chosen(rig, {method: 'correct', ipc});
    const picks = order.flatMap(({picks}) => picks.slice(0, ipc));
    const pixels = picks.flatMap((i) => [...all.images.subarray(192 * i, 192 * (i + 1))]);
    assert.deepEqual(set.images, Float32Array.from(pixels), `${ipc} images of each class`);
    const missed = order.reduce((sum, {known}) => sum + Math.max(0, ipc - known), 0);
    const warning = `The experts classify too few images of some classes correctly: ${missed} of the ${2 * ipc} chosen images are drawn from those that none of them classifies correctly.`;
    assert.deepEqual(rig.warnings, missed === 0 ? [] : [warning]);
  }
  // The experts are poor enough for every part of the order to occur.
  assert.ok(first.includes(false) && first.includes(true));
  assert.ok(order.some(({known}) => known < 20));
});

test('method correct needs experts that can classify', async () => {
  await using rig = await StageRig.create();
  const wanted = {method: 'correct', ipc: 1};
  await fails(choosing(rig, wanted, []), /method: correct asks experts .* buffers must be given/);
  await using normalised = await makeLearningFiles(1, 'ConvNetBN');
  await fails(choosing(rig, wanted, normalised.buffers), /ConvNetBN.* running statistics/);
});
