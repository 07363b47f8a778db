import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Classifier} from '../../../src/learning/training/classifier.ts';
import {herd, spread} from '../../../src/learning/coreset/coreset.ts';
import {lastLayerInput, readFeatures} from '../../../src/learning/coreset/features.ts';
import {createModel, modelNames, smallestImage} from '../../../src/learning/models/catalog.ts';
import {initialTheta, splitParams} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import {tinyModel, tinySplit} from '../../support/data/tiny-problem.ts';

const [count, size] = [30, 4];
const random = new Random(3);
const rows = Array.from({length: count}, () => Array.from({length: size}, () => random.normal()));
const candidates = {features: Float32Array.from(rows.flat()), count, size};
// The points as the features hold them: rounded to float32.
const points = rows.map((row) => row.map(Math.fround));

const meanOf = (chosen: readonly number[][]): number[] =>
  chosen[0]!.map((_, j) => chosen.reduce((sum, row) => sum + row[j]!, 0) / chosen.length);
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, j) => value - b[j]!));
const indexOfLeast = (values: readonly number[]): number => values.indexOf(Math.min(...values));

test('herding: each pick is the one after which the mean is closest, of all that are left', () => {
  const chosen = herd(candidates, 12);
  assert.equal(new Set(chosen).size, 12);
  const goal = meanOf(points);
  for (let k = 0; k < 12; k++) {
    const before = chosen.slice(0, k);
    const errors = points.map((row, i) =>
      before.includes(i) ? Infinity : apart(goal, meanOf([...before.map((j) => points[j]!), row])),
    );
    assert.equal(chosen[k], indexOfLeast(errors));
  }
});

test('herding all images takes each once, and twins in their order', () => {
  assert.deepEqual(
    herd(candidates, count).toSorted((a, b) => a - b),
    points.map((_, i) => i),
  );
  const twins = {features: Float32Array.of(1, 1, 1), count: 3, size: 1};
  assert.deepEqual(herd(twins, 3), [0, 1, 2]);
  assert.deepEqual(spread(twins, 3), [0, 1, 2]);
});

test('k-center: first the closest to the mean, then the farthest from what is chosen', () => {
  const chosen = spread(candidates, 10);
  const goal = meanOf(points);
  assert.equal(chosen[0], indexOfLeast(points.map((row) => apart(row, goal))));
  for (let k = 1; k < 10; k++) {
    const before = chosen.slice(0, k).map((j) => points[j]!);
    const distances = points.map((row) => Math.min(...before.map((other) => apart(row, other))));
    assert.equal(distances[chosen[k]!], Math.max(...distances));
  }
});

test('features are what the classifier multiplies: its logits follow from them', async () => {
  const engine = await startTestEngine();
  const before = engine.memory().tensors;
  const model = tinyModel();
  const theta = initialTheta(model, new Random(1));
  const images = tinySplit(253); // One batch, and 3 more images.
  const {features, size: width} = await readFeatures(engine, model, {theta, images});
  assert.equal(engine.memory().tensors, before);
  assert.equal(width, 8 * 4 * 4);
  const weights = theta.subarray(theta.length - 2 * width - 2);
  const byHand = (image: number, k: number): number =>
    features
      .subarray(image * width, (image + 1) * width)
      .reduce((sum, value, j) => sum + value * weights[k * width + j]!, weights[2 * width + k]!);
  // The difference of the logits can also be computed otherwise: it is the difference of an image's losses under both
  // labels.
  const classifier = new Classifier(engine, model);
  const tensor = engine.upload(theta, [theta.length]);
  for (const image of [0, 249, 252]) {
    const one = {images: images.images.subarray(image * 192, (image + 1) * 192), count: 1};
    const lossOf = async (label: number): Promise<number> => {
      const split = {...one, labels: Int32Array.of(label)};
      const {loss} = await classifier.test({theta: tensor}, split);
      return loss;
    };
    const difference = (await lossOf(1)) - (await lossOf(0));
    assert.ok(Math.abs(byHand(image, 0) - byHand(image, 1) - difference) < 1e-4);
  }
});

test('every network ends in a linear layer, whose input has a row an image', () => {
  for (const name of modelNames) {
    const size = Math.max(32, smallestImage(name, {channels: 3, classes: 10}));
    const input = {height: size, width: size, channels: 3};
    const model = createModel(name, {input, classes: 10});
    const graph = new Graph();
    const params = splitParams(model, graph.input('theta', [model.parameterCount]));
    const {logits} = model.apply(params, graph.input('images', [2, size, size, 3]));
    const {shape} = lastLayerInput(logits);
    assert.deepEqual(shape, [2, model.params.at(-2)!.shape[1]], name);
  }
});
