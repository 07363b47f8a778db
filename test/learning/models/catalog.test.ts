import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel, modelNames} from '../../../src/learning/models/catalog.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';
import {networkNames} from '../../../stages/parameters.ts';

const cifar10 = {input: {height: 32, width: 32, channels: 3}, classes: 10};
const cifar100 = {...cifar10, classes: 100};
const tiny = {input: {height: 64, width: 64, channels: 3}, classes: 200};
const imagenette = {input: {height: 128, width: 128, channels: 3}, classes: 10};
const mnist = {input: {height: 28, width: 28, channels: 1}, classes: 10};

/** Counted by formula from the published architectures. */
const counts = [
  ['ConvNet', mnist, 317_706],
  ['ConvNetD1', cifar10, 331_530],
  ['ConvNetD2', cifar10, 233_610],
  ['ConvNetD3', cifar10, 320_010],
  ['ConvNetD4', cifar10, 452_490],
  ['ConvNetD5', cifar10, 596_490],
  ['ConvNetD3', cifar100, 504_420],
  ['ConvNetD4', tiny, 857_160],
  ['ConvNetD5', imagenette, 615_690],
  ['ConvNetD7', imagenette, 892_170],
  ['ConvNetW32', cifar10, 24_714],
  ['ConvNetW256', cifar100, 1_598_564],
  ['ConvNetW1024', cifar10, 19_075_082],
  ['ConvNetKIP', cifar10, 19_068_938],
  ['ConvNetNN', cifar10, 319_242],
  ['ConvNetLN', cifar10, 663_306],
  ['ConvNetNP', cifar10, 1_610_250],
  ['ConvNetD2W8', mnist, 5_826],
  ['ConvNetD2W16', mnist, 12_794],
  ['MLP', cifar10, 411_146],
  ['MLP', mnist, 118_282],
  ['LeNet', cifar10, 62_006],
  ['LeNet', mnist, 61_706],
  ['AlexNet', cifar100, 2_148_772],
  ['VGG11', cifar10, 9_231_114],
  ['ResNet18', cifar100, 11_220_132],
  ['ResNet18BN', cifar10, 11_173_962],
  ['ResNet18_AP', cifar10, 11_250_762],
] as const;

for (const [name, shape, count] of counts) {
  const {height, channels} = shape.input;
  test(`${name} for ${height}×${height}×${channels} and ${shape.classes} classes has ${count} parameters`, () => {
    const model = createModel(name, shape);
    assert.equal(model.parameterCount, count);
    assert.equal(initialTheta(model, new Random(0)).length, count);
  });
}

test('the first convolution, the inner ones and the classifier start within the bounds of their fan-in', () => {
  const model = createModel('ConvNetD3', cifar10);
  const bounds = [0.19245, 0.029463, 0.022097];
  const weights = ['features.0.weight', 'features.4.weight', 'classifier.weight'];
  const theta = initialTheta(model, new Random(1));
  let offset = 0;
  for (const {name, shape} of model.params) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const part = theta.subarray(offset, offset + size);
    offset += size;
    const bound = bounds[weights.indexOf(name)];
    if (bound === undefined) continue;
    const largest = part.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(largest <= bound * 1.0001 && largest > 0.97 * bound, `${name}: ${largest}`);
  }
});

test('a parameter starts the same whatever other parameters a network has', () => {
  const [shallow, deep] = [1, 2].map((depth) =>
    initialTheta(createModel(`ConvNetD${depth}W8`, cifar10), new Random(5)),
  );
  assert.deepEqual(shallow!.subarray(0, 216), deep!.subarray(0, 216));
});

test('stages can name exactly the networks that exist', () => {
  assert.deepEqual([...networkNames].sort(), [...modelNames].sort());
});

test('an unknown network is named', () => {
  assert.throws(() => createModel('ConvNetD9', cifar10), /No network is called ConvNetD9/);
});
