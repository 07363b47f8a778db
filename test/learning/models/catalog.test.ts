import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createModel, modelNames, smallestImage} from '../../../src/learning/models/catalog.ts';
import {ImageTooSmall} from '../../../src/learning/models/layer.ts';
import {networkNames} from '../../../stages/shared/network-names.ts';

interface Images {
  readonly input: {readonly height: number; readonly width: number; readonly channels: number};
  readonly classes: number;
}

const square = (extent: number, channels: number, classes: number): Images => ({
  input: {height: extent, width: extent, channels},
  classes,
});
const cifar10 = square(32, 3, 10);
const cifar100 = square(32, 3, 100);
const tiny = square(64, 3, 200);
const subset = square(128, 3, 10);
const mnist = square(28, 1, 10);
const columns = [cifar10, cifar100, tiny, subset];

function assertCount(name: string, images: Images, count: number): void {
  assert.equal(createModel(name, images).parameterCount, count, `${name} ${images.classes}`);
}

test('ConvNets of every depth have the parameters of the table, at every size they fit', () => {
  // The counts follow from the published architecture; the columns are the data sets above. `undefined`: no pixel would
  // be left.
  const table: readonly (readonly (number | undefined)[])[] = [
    [331_530, 3_280_740, 26_218_440, 5_246_730],
    [233_610, 970_980, 6_705_480, 1_462_410],
    [320_010, 504_420, 1_938_120, 627_210],
    [452_490, 498_660, 857_160, 529_290],
    [596_490, 608_100, 697_800, 615_690],
    [undefined, undefined, 768_840, 748_170],
    [undefined, undefined, undefined, 892_170],
    [undefined, undefined, undefined, undefined],
  ];
  for (const [i, counts] of table.entries()) {
    for (const [j, count] of counts.entries()) {
      const name = `ConvNetD${i + 1}`;
      if (count === undefined) {
        assert.throws(() => createModel(name, columns[j]!), ImageTooSmall);
        assert.equal(smallestImage(name, {channels: 3, classes: 10}), 2 ** (i + 1));
      } else {
        assertCount(name, columns[j]!, count);
      }
    }
  }
});

test('ConvNets of every width have the parameters of the table', () => {
  const table = [
    ['ConvNetW32', 24_714, 70_884],
    ['ConvNetW64', 86_282, 178_532],
    ['ConvNetW128', 320_010, 504_420],
    ['ConvNetW256', 1_229_834, 1_598_564],
    ['ConvNetW512', 4_818_954, 5_556_324],
    ['ConvNetW1024', 19_075_082, 20_549_732],
    ['ConvNetKIP', 19_068_938, 20_543_588],
  ] as const;
  for (const [name, ten, hundred] of table) {
    assertCount(name, cifar10, ten);
    assertCount(name, cifar100, hundred);
  }
});

test('ConvNets of every depth and width have as many parameters as their layers add up to, at every size', () => {
  for (const images of [mnist, square(28, 3, 10), ...columns]) {
    const {channels, height} = images.input;
    for (let depth = 1; depth <= 8; depth++) {
      // Padding makes 32 × 32 pixels of digits of 28 × 28.
      const side = (channels === 1 ? height + 4 : height) >> depth;
      for (const width of [8, 16, 32, 64, 128, 256, 512, 1024]) {
        const name = `ConvNetD${depth}W${width}`;
        if (side < 1) {
          assert.throws(() => createModel(name, images), ImageTooSmall, `${name} ${height}`);
          continue;
        }
        const first = 9 * channels * width + 3 * width;
        const others = (depth - 1) * (9 * width * width + 3 * width);
        const classifier = (side * side * width + 1) * images.classes;
        assertCount(name, images, first + others + classifier);
      }
    }
  }
});

test('variants of ConvNet have the parameters of the table', () => {
  assertCount('ConvNet', mnist, 317_706);
  assertCount('ConvNetNN', cifar10, 319_242);
  assertCount('ConvNetLN', cifar10, 663_306);
  assertCount('ConvNetNP', cifar10, 1_610_250);
  for (const variant of ['', 'D3', 'AS', 'AR', 'AL', 'BN', 'IN', 'GN', 'MP', 'AP']) {
    assertCount(`ConvNet${variant}`, cifar10, 320_010);
  }
  // The convolutions are the same. The classifier takes 128 means.
  for (const images of columns) {
    assertCount('ConvNetGAP', images, 320_010 - 20_490 + 129 * images.classes);
  }
});

test('other networks have the parameters of their published forms', () => {
  // The columns are CIFAR-10, CIFAR-100 and MNIST. Networks that the paper's program does not name have the counts of
  // their authors' ports for CIFAR.
  const table: readonly (readonly [string, number, number?, number?])[] = [
    ['MLP', 411_146, 422_756, 118_282],
    ['LeNet', 62_006, 69_656, 61_706],
    ['AlexNet', 1_872_202, 2_148_772],
    ['VGG11', 9_231_114, 9_277_284],
    ['VGG11BN', 9_231_114, 9_277_284],
    ['VGG13', 9_416_010],
    ['VGG16', 14_728_266],
    ['VGG19', 20_040_522],
    ['ResNet18', 11_173_962, 11_220_132],
    ['ResNet18BN', 11_173_962, 11_220_132],
    // Digits of 28 × 28 have 512·3·3 features: the sides are 28, 14, 7 and 3.
    ['ResNet18_AP', 11_250_762, 11_988_132, 11_250_762 - 2 * 576 - 10 * 512 * (16 - 9)],
    ['ResNet18BN_AP', 11_250_762, 11_988_132],
    ['ResNet34', 21_282_122],
    ['ResNet50', 23_520_842],
    ['ResNet101', 42_512_970],
    ['ResNet152', 58_156_618],
  ];
  for (const [name, ...counts] of table) {
    for (const [i, images] of [cifar10, cifar100, mnist].entries()) {
      if (counts[i] !== undefined) assertCount(name, images, counts[i]);
    }
  }
  // For 1,000 classes, the network has 11,689,512 parameters.
  assertCount('ResNet18ImageNet', subset, 11_689_512 - 513 * 990);
  assertCount('ResNet6ImageNet', subset, 4_910_922);
});

test('each network takes every image from its smallest size on, and the usual sizes are among them', () => {
  const smallest: Readonly<Record<string, number>> = {
    MLP: 1,
    LeNet: 16,
    AlexNet: 8,
    VGG11: 32,
    VGG11BN: 32,
    ResNet18: 25,
    ResNet18_AP: 16,
    ResNet18BN_AP: 8,
    ResNet50: 25,
    ResNet18ImageNet: 33,
    ConvNetGAP: 8,
    ConvNetNP: 2,
  };
  for (const [name, extent] of Object.entries(smallest)) {
    assert.equal(smallestImage(name, {channels: 3, classes: 10}), extent, name);
    for (const size of [28, 32, 64, 128].filter((size) => size >= extent)) {
      assert.ok(createModel(name, square(size, 3, 10)).parameterCount > 0, `${name} ${size}`);
    }
  }
  for (const name of ['LeNet', 'AlexNet', 'VGG11', 'ResNet18', 'ResNet18_AP', 'ConvNetD5']) {
    assert.ok(createModel(name, mnist).parameterCount > 0, name);
  }
});

test('an image that is too small is refused by the place where nothing is left', () => {
  assert.throws(() => createModel('ConvNetD5', square(16, 3, 10)), {
    name: 'ImageTooSmall',
    message: 'a single pixel is left at features.17, and nothing of it once its mean is taken away',
  });
  assert.throws(() => createModel('LeNet', square(4, 3, 10)), {
    name: 'ImageTooSmall',
    message: 'nothing is left at features.0',
  });
});

test('stages can name exactly the networks that exist', () => {
  assert.deepEqual(networkNames, modelNames);
});

test('an unknown network is named', () => {
  assert.throws(() => createModel('ConvNetD9', cifar10), /No network is called ConvNetD9/);
});
