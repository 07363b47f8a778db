import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {CorruptFile} from '../../../../src/formats/file-fault.ts';
import {parseIdxImages, parseIdxLabels} from '../../../../src/learning/data/formats/idx.ts';

/** Two images of 1 × 3. */
const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9);

for (const [what, pack] of [
  ['as it is', (bytes: Uint8Array) => bytes],
  ['gzipped', (bytes: Uint8Array) => gzipSync(bytes)],
] as const) {
  test(`an IDX file is read ${what}`, () => {
    assert.deepEqual(parseIdxImages(pack(images), 'x'), {
      shape: {height: 1, width: 3, channels: 1},
      count: 2,
      pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
    assert.deepEqual(parseIdxLabels(pack(labels), 'x'), Int32Array.of(7, 9));
  });
}

const huge = Uint8Array.of(0, 0, 8, 3, ...Array.from({length: 12}, () => 255));
const broken: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(), /not an IDX file of images/],
  ['labels where images should be', labels, /does not begin with 2051/],
  ['a header cut short', images.subarray(0, 15), /not an IDX file/],
  ['a missing pixel', images.subarray(0, 21), /2 × 1 × 3 images take 6 bytes, but it holds 5/],
  ['a byte too many', Uint8Array.of(...images, 0), /but it holds 7/],
  ['more images than memory', huge, /but it holds 0/],
  ['gzip cut short', gzipSync(images).subarray(0, 20), /gzip data is damaged/],
  ['gzip damaged', gzipSync(images).fill(7, 12, 16), /gzip data is damaged/],
];
for (const [what, bytes, message] of broken) {
  test(`an IDX file with ${what} is a corrupt file, named`, () => {
    assert.throws(
      () => parseIdxImages(bytes, 'train-images'),
      (error: unknown) => error instanceof CorruptFile && message.test(error.message),
    );
  });
}
