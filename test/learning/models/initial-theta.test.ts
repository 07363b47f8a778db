import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel, modelNames} from '../../../src/learning/models/catalog.ts';
import {initialTheta} from '../../../src/learning/models/model.ts';
import {Random} from '../../../src/learning/random.ts';

const cifar10 = {input: {height: 32, width: 32, channels: 3}, classes: 10};

test('the first convolution, the inner ones and the classifier are uniform within the bounds of their fan-in', () => {
  const model = createModel('ConvNetD3', cifar10);
  const theta = initialTheta(model, new Random(1));
  // 1/√27, 1/√1152 and 1/√2048.
  const bounds = {'features.0': 0.19245, 'features.4': 0.029463, classifier: 0.022097};
  let offset = 0;
  for (const {name, shape} of model.params) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const part = theta.subarray(offset, offset + size);
    offset += size;
    const bound = bounds[name.replace(/\.(weight|bias)$/, '') as keyof typeof bounds];
    if (bound === undefined) continue;
    const largest = part.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.ok(largest <= bound * 1.0001, `${name}: ${largest}`);
    if (size < 1000) continue;
    // A uniform distribution on [−b, b] has the mean 0 and the standard deviation b/√3.
    const mean = part.reduce((sum, x) => sum + x, 0) / size;
    const deviation = Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / size);
    assert.ok(Math.abs(mean) < (4 * bound) / Math.sqrt(3 * size), `${name}: ${mean}`);
    assert.ok(Math.abs(deviation / (bound / Math.sqrt(3)) - 1) < 0.05, `${name}: ${deviation}`);
  }
});

test('in every network filters, weights and biases start from ±1/√fan-in, normalisations as identities', () => {
  for (const name of modelNames) {
    const {params} = createModel(name, {...cifar10, input: {height: 512, width: 512, channels: 3}});
    let fanIn = 0;
    for (const {name: param, shape, init} of params) {
      if (param.endsWith('.weight')) fanIn = shape.slice(1).reduce((a, b) => a * b, 1);
      const isNorm = init.kind === 'constant';
      assert.equal(isNorm, isNormalization(name, param, params), `${name} ${param}`);
      if (isNorm) assert.equal(init.value, param.endsWith('.weight') ? 1 : 0, `${name} ${param}`);
      else assert.equal(init.bound, 1 / Math.sqrt(fanIn), `${name} ${param}`);
    }
  }
});

/**
 * Tells whether a parameter belongs to a normalisation, by the shape of its layer's weight. Filters have four axes, and
 * weights of linear layers two, of which the first is classes or units.
 */
function isNormalization(
  network: string,
  param: string,
  params: ReturnType<typeof createModel>['params'],
): boolean {
  const layer = param.replace(/\.(weight|bias)$/, '');
  const {shape} = params.find(({name}) => name === `${layer}.weight`)!;
  // γ of a layer normalisation has the shape of an image.
  return shape.length === 1 || (network === 'ConvNetLN' && shape.length === 3);
}

test('a parameter starts the same whatever other parameters a network has', () => {
  const [shallow, deep] = [1, 2].map((depth) =>
    initialTheta(createModel(`ConvNetD${depth}W8`, cifar10), new Random(5)),
  );
  assert.deepEqual(shallow!.subarray(0, 216), deep!.subarray(0, 216));
});
