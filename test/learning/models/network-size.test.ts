import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel, modelNames, smallestImage} from '../../../src/learning/models/catalog.ts';
import {networkSize, type NetworkSize} from '../../../src/learning/models/network-size.ts';

function sizeFor(name: string, side: number, channels = 3): NetworkSize {
  const input = {height: side, width: side, channels};
  return networkSize(name, {input, classes: 10}) ?? assert.fail(`${name} has no size`);
}

test('every network has a size, with as many parameters as it has', () => {
  for (const name of modelNames) {
    const side = Math.max(32, smallestImage(name, {channels: 3, classes: 10}));
    const {parameters, multiplyAdds, layers} = sizeFor(name, side);
    const input = {height: side, width: side, channels: 3};
    assert.equal(parameters, createModel(name, {input, classes: 10}).parameterCount, name);
    assert.ok(multiplyAdds > 0 && layers > 1, name);
  }
});

test('the arithmetic of ConvNets is that of convolutions and the last layer', () => {
  // Digits of 28 × 28 are padded to 32 × 32. The counts are added up by hand from the layers.
  const digits = {
    ConvNetD2W8: 226_304,
    ConvNetD2W16: 747_520,
    ConvNetD3W16: 887_296,
    ConvNetD3W32: 3_249_152,
  };
  for (const [name, count] of Object.entries(digits)) {
    assert.equal(sizeFor(name, 28, 1).multiplyAdds, count, name);
  }
  const count = 32 ** 2 * 27 * 128 + (16 ** 2 + 8 ** 2) * 9 * 128 ** 2 + 4 ** 2 * 128 * 10;
  assert.deepEqual(sizeFor('ConvNetD3', 32), {
    parameters: 320_010,
    multiplyAdds: count,
    plainMultiplyAdds: 4 ** 2 * 128 * 10,
    results: 128 * (32 ** 2 + 16 ** 2 + 8 ** 2) + 10,
    layers: 4,
  });
});

test('LeNet and ResNet18 take what arithmetic by hand says', () => {
  // LeNet has convolutions of 5 × 5 without padding, then three linear layers.
  const leNet = 28 ** 2 * 75 * 6 + 10 ** 2 * 150 * 16 + 400 * 120 + 120 * 84 + 84 * 10;
  assert.deepEqual(sizeFor('LeNet', 32), {
    parameters: 62_006,
    multiplyAdds: leNet,
    // LeNet has no convolutions of 3 × 3.
    plainMultiplyAdds: leNet,
    results: 28 ** 2 * 6 + 10 ** 2 * 16 + 120 + 84 + 10,
    layers: 5,
  });
  // ResNet18 has the first convolution, and four at full size. Each of the next three groups has one convolution with
  // stride 2, three more, and a shortcut of 1 × 1.
  const full = 32 ** 2 * 9 * 64 ** 2;
  const resNet = 32 ** 2 * 27 * 64 + 4 * full + 3 * (3.5 * full + full / 18) + 512 * 10;
  const {parameters, multiplyAdds, plainMultiplyAdds, layers} = sizeFor('ResNet18', 32);
  assert.deepEqual([parameters, multiplyAdds, layers], [11_173_962, resNet, 21]);
  // The plain products are those of three convolutions with stride 2, of three shortcuts, and of the last layer.
  assert.equal(plainMultiplyAdds, 3 * (full / 2 + full / 18) + 512 * 10);
});

test('other networks take what was counted from their layers before', () => {
  const counted = {AlexNet: [245e6, 6], VGG11: [153e6, 9], VGG11BN: [153e6, 9]} as const;
  for (const [name, [multiplyAdds, layers]] of Object.entries(counted)) {
    const size = sizeFor(name, 32);
    assert.ok(
      Math.abs(size.multiplyAdds / multiplyAdds - 1) < 0.01,
      `${name}: ${size.multiplyAdds}`,
    );
    assert.equal(size.layers, layers, name);
  }
});

test('a network that is not known, or too deep for the images, has no size', () => {
  const shape = {input: {height: 8, width: 8, channels: 3}, classes: 10};
  assert.equal(networkSize('ConvNetD9', shape), undefined);
  assert.equal(networkSize('ConvNetD8', shape), undefined);
});
