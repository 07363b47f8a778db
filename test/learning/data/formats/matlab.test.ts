import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {CorruptFile} from '../../../../src/formats/file-fault.ts';
import {readMatlabImages} from '../../../../src/learning/data/formats/matlab.ts';
import type {RawSplit} from '../../../../src/learning/data/dataset.ts';
import {matOf} from '../../../support/data/small-archives.ts';
import {TemporaryFolder} from '../../../support/rigs/temporary-folder.ts';

const shape = {height: 2, width: 3, channels: 3};
const size = 18;

async function read(bytes: Uint8Array, most = 10): Promise<RawSplit> {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('digits.mat'), bytes);
  return await readMatlabImages(folder.file('digits.mat'), {shape, classes: 10, most});
}

/** Two images. Each value encodes its place: 100·image + 30·channel + 3·row + column. */
const values = Uint8Array.from({length: 2 * size}, (_, at) => {
  const [y, x, c, n] = [
    at % 2,
    Math.floor(at / 2) % 3,
    Math.floor(at / 6) % 3,
    Math.floor(at / 18),
  ];
  return 100 * n + 30 * c + 3 * y + x;
});
const x = {name: 'X', extents: [2, 3, 3, 2], values};
const y = {name: 'y', extents: [2, 1], values: Uint8Array.of(10, 3)};

for (const compressed of [true, false]) {
  test(`images are turned to rows first and channels last, and 10 means 0${compressed ? '' : ', uncompressed'}`, async () => {
    const {images, labels, count} = await read(matOf([x, y], {compressed}));
    assert.deepEqual([count, ...labels], [2, 0, 3]);
    const second = Array.from({length: size}, (_, at) => {
      const [c, x, y] = [at % 3, Math.floor(at / 3) % 3, Math.floor(at / 9)];
      return 100 + 30 * c + 3 * y + x;
    });
    assert.deepEqual([...images.subarray(size)], second);
  });
}

const whole = matOf([x, y]);
const damaged = Buffer.from(whole);
damaged.fill(0, 150, 170);
const wrong: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no labels', matOf([x]), /2 labels in y expected, found none/],
  [
    'too few labels',
    matOf([x, {...y, extents: [1, 1], values: Uint8Array.of(1)}]),
    /2 labels in y expected, found 1/,
  ],
  [
    'images of another size',
    matOf([{...x, extents: [3, 2, 3, 2]}, y]),
    /bytes of 2 × 3 × 3 × n, found 3 × 2 × 3 × 2/,
  ],
  [
    'images of more dimensions',
    matOf([{...x, extents: [2, 3, 3, 1, 2]}, y]),
    /bytes of 2 × 3 × 3 × n, found 2 × 3 × 3 × 1 × 2/,
  ],
  [
    'a label that no class has',
    matOf([x, {...y, values: Uint8Array.of(11, 3)}]),
    /there is no label 11/,
  ],
  [
    'extents that do not fit',
    matOf([{...x, extents: [2, 3, 3, 9]}, y]),
    /2 × 3 × 3 × 9 numbers expected, found 36/,
  ],
  ['an end cut off', whole.subarray(0, whole.length - 3), /cut short/],
  ['damaged data', damaged, /damaged|something else/],
  ['another format', Buffer.from('PK'), /not a MATLAB level 5 file/],
  [
    'another order of bytes',
    Buffer.concat([whole.subarray(0, 126), Buffer.from('MI'), whole.subarray(128)]),
    /big-endian/,
  ],
];
for (const [what, bytes, message] of wrong) {
  test(`a file with ${what} is a corrupt file that is named`, async () => {
    await assert.rejects(
      read(bytes),
      (error: unknown) =>
        error instanceof CorruptFile &&
        /digits\.mat: /.test(error.message) &&
        message.test(error.message),
    );
  });
}

test('an array that unpacks to more than there can be is refused before it is unpacked', async () => {
  const bomb = matOf([{name: 'X', extents: [100_000], values: new Uint8Array(100_000)}]);
  await assert.rejects(read(bomb, 1), /refused: an array takes more than 65618 bytes/);
});
