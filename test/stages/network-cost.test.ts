import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel} from '../../src/learning/models/catalog.ts';
import {networkCost} from '../../stages/shared/network-cost.ts';

const images = {
  digits: {side: 28, channels: 1, classes: 10},
  cifar10: {side: 32, channels: 3, classes: 10},
  cifar100: {side: 32, channels: 3, classes: 100},
  tiny: {side: 64, channels: 3, classes: 200},
  subset: {side: 128, channels: 3, classes: 10},
};

const fits: Readonly<Record<keyof typeof images, readonly string[]>> = {
  digits: ['ConvNet', 'ConvNetD2W16', 'ConvNetD3W8', 'ConvNetW32', 'MLP'],
  cifar10: [
    'ConvNet',
    'ConvNetD1',
    'ConvNetD3',
    'ConvNetD3W32',
    'ConvNetD5',
    'ConvNetW256',
    'ConvNetAP',
    'MLP',
    'LeNet',
    'AlexNet',
    'VGG11',
    'ResNet18',
  ],
  cifar100: ['ConvNetD3', 'MLP', 'LeNet', 'AlexNet', 'VGG11', 'ResNet18'],
  tiny: ['ConvNetD4', 'ConvNetD4W8'],
  subset: ['ConvNetD5', 'ConvNetD5W8'],
};

for (const [name, networks] of Object.entries(fits)) {
  test(`for ${name}, networks have as many parameters as they really do`, () => {
    const {side, channels, classes} = images[name as keyof typeof images];
    const input = {height: side, width: side, channels};
    for (const network of networks) {
      const {parameterCount} = createModel(network, {input, classes});
      const cost = networkCost(network, {side, channels, classes});
      assert.equal(cost?.parameters, parameterCount, network);
    }
  });
}

test('the arithmetic of an image is that of convolutions and the last layer', () => {
  // Counted for the reference runs on digits, by hand from the layers.
  const counts = {
    ConvNetD2W8: 226_304,
    ConvNetD2W16: 747_520,
    ConvNetD3W16: 887_296,
    ConvNetD3W32: 3_249_152,
  };
  for (const [network, count] of Object.entries(counts)) {
    assert.equal(networkCost(network, images.digits)?.multiplyAdds, count, network);
  }
  // 32²·27·128 + 16²·9·128² + 8²·9·128² + 4²·128·10
  assert.equal(networkCost('ConvNetD3', images.cifar10)?.multiplyAdds, 50_745_344);
});

test('what is not known is said to be so', () => {
  assert.equal(networkCost('ResNet152', images.cifar10), undefined);
  assert.equal(networkCost('ConvNetLN', images.cifar10), undefined);
  assert.equal(networkCost('ConvNetD3', {}), undefined);
});
