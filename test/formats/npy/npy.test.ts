import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CorruptFile, FileFault, UnsupportedFile} from '../../../src/formats/file-fault.ts';
import {parseNpy} from '../../../src/formats/npy/npy.ts';
import {Random} from '../../../src/learning/random.ts';
import {labelArray, npyOf} from '../../support/data/small-arrays.ts';

const bytes = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer as ArrayBuffer);

test('an array is read in every version, byte order and order of indices', () => {
  const shape = [2, 3];
  const values = [1, 2, 3, 4, 5, 600];
  const little = bytes(Uint16Array.from(values));
  const big = Buffer.from(little).swap16();
  // The numbers column by column.
  const columns = bytes(Uint16Array.from([1, 4, 2, 5, 3, 600]));
  for (const file of [
    npyOf({descr: '<u2', shape}, little),
    npyOf({descr: '<u2', shape, version: 2}, little),
    npyOf({descr: '<u2', shape, version: 3}, little),
    npyOf({descr: '>u2', shape}, big),
    npyOf({descr: '<u2', shape, isFortran: true}, columns),
  ]) {
    const array = parseNpy(file, 'a');
    assert.deepEqual([array.shape, [...array.values]], [shape, values]);
  }
});

for (const [descr, data, expected] of [
  ['|b1', Uint8Array.of(1, 0), [1, 0]],
  ['|i1', Int8Array.of(-1, 5), [-1, 5]],
  ['<i4', Int32Array.of(-70000, 5), [-70000, 5]],
  ['<i8', BigInt64Array.of(-7n, 5n), [-7, 5]],
  ['<f2', Uint16Array.of(0x3c00, 0x3800), [1, 0.5]],
  ['<f4', Float32Array.of(0.5, 2), [0.5, 2]],
  ['>f8', Buffer.from(Float64Array.of(0.1, -2).buffer).swap64(), [0.1, -2]],
  ['|S3', Buffer.from('ab\0xyz'), ['ab', 'xyz']],
  ['<U2', Uint32Array.of(0xe9, 0, 0x1f600, 0x41), ['é', '😀A']],
] as const) {
  test(`numbers of ${descr} are read`, () => {
    const copy = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    assert.deepEqual([...parseNpy(npyOf({descr, shape: [2]}, copy), 'a').values], expected);
  });
}

test('Python objects are refused by name, and never looked at', () => {
  const pickled = npyOf({descr: '|O', shape: [2]}, Buffer.from('cos\nsystem\n'));
  assert.throws(
    () => parseNpy(pickled.subarray(0, 128), 'a.npy'),
    (error) =>
      error instanceof UnsupportedFile && /a\.npy: it holds Python objects/.test(error.message),
  );
});

const good = labelArray([1, 2, 3]);
const withHeader = (text: string): Buffer => {
  const copy = Buffer.from(good);
  copy.fill(' ', 10, 127);
  copy.write(text, 10, 'latin1');
  return copy;
};

for (const [what, file, message] of [
  ['no array', Buffer.from('hello, world'), /not a file that NumPy saved/],
  ['an empty file', Buffer.alloc(0), /not a file that NumPy saved/],
  ['a file cut in its header', good.subarray(0, 50), /its header is cut short/],
  [
    'a file cut in its numbers',
    good.subarray(0, -1),
    /cut short: 24 bytes of numbers expected, got 23/,
  ],
  ['a file with more behind', Buffer.concat([good, Buffer.of(0)]), /damaged: 24 bytes/],
  [
    'a shape beyond all numbers',
    withHeader(
      "{'descr': '<i8', 'fortran_order': False, 'shape': (999999999999999, 999999999999999), }",
    ),
    /cut short/,
  ],
  [
    'a negative shape',
    withHeader("{'descr': '<i8', 'fortran_order': False, 'shape': (-3,), }"),
    /header is damaged/,
  ],
  [
    'code in the header',
    withHeader("{'descr': __import__('os'), 'fortran_order': False, 'shape': (3,), }"),
    /header is damaged/,
  ],
  [
    'records',
    withHeader("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (3,), }"),
    /records of several fields/,
  ],
  [
    'complex numbers',
    withHeader("{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }"),
    /its numbers \(c8\) are not/,
  ],
] as const) {
  test(`${what}: refused with a sentence`, () => {
    assert.throws(
      () => parseNpy(file, 'a'),
      (error) => error instanceof FileFault && message.test(error.message),
    );
  });
}

test('a header that claims 4 GB is refused', () => {
  const huge = npyOf({descr: '<i8', shape: [1], version: 2}, new Uint8Array(8));
  huge.writeUInt32LE(0xffffffff, 8);
  assert.throws(() => parseNpy(huge, 'a'), CorruptFile);
});

test('a damaged array is read or refused, and nothing else', () => {
  const random = new Random(5, 'npy');
  for (let n = 0; n < 500; n++) {
    const damaged = Buffer.from(good);
    damaged[random.integer(128)] = random.integer(256);
    try {
      parseNpy(damaged, 'a');
    } catch (error) {
      assert.ok(error instanceof FileFault, String(error));
    }
  }
});
