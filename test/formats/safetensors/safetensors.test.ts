import assert from 'node:assert/strict';
import {readFile, truncate, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {SafetensorsFile} from '../../../src/formats/safetensors/safetensors-file.ts';
import {SafetensorsWriter} from '../../../src/formats/safetensors/safetensors-writer.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor} from '../../../src/formats/tensor.ts';
import type {Tensor} from '../../../src/formats/tensor.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

/** Tensors of every dtype, including a scalar and an empty tensor. */
const everyDtype: ReadonlyMap<string, Tensor> = new Map<string, Tensor>([
  ['bytes', {dtype: 'U8', shape: [3], data: Uint8Array.of(0, 7, 255)}],
  ['half', {dtype: 'F16', shape: [2, 1], data: Float32Array.of(-0.5, 65504)}],
  ['single', float32Tensor(Float32Array.of(1.5, -2, 3e38, 1e-40), [2, 2])],
  ['double', {dtype: 'F64', shape: [], data: Float64Array.of(Math.PI)}],
  ['int', {dtype: 'I32', shape: [0, 5], data: new Int32Array()}],
  ['long', {dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n)}],
]);

/** Gives a file with this header, and this many bytes of data after it. */
function fileWith(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

test('every dtype comes back as it was written, with the metadata', () => {
  const metadata = {model: 'ConvNet', note: 'ü "quoted"'};
  const {tensors, metadata: read} = decodeSafetensors(encodeSafetensors(everyDtype, metadata), 'x');
  assert.deepEqual(read, metadata);
  assert.equal(tensors.size, everyDtype.size);
  for (const [name, tensor] of everyDtype) assert.deepEqual(tensors.get(name), tensor, name);
});

test('the bytes are those of the format', () => {
  const bytes = encodeSafetensors(new Map([['w', float32Tensor(Float32Array.of(1, 2), [2])]]));
  const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  const padded = header.padEnd(56);
  assert.equal(Buffer.from(bytes.subarray(0, 8)).toString('hex'), '3800000000000000');
  assert.equal(Buffer.from(bytes.subarray(8, 64)).toString(), padded);
  assert.equal(Buffer.from(bytes.subarray(64)).toString('hex'), '0000803f00000040');
});

test('tensors with larger elements are placed first, so that all are aligned', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('t.safetensors'), encodeSafetensors(everyDtype));
  await using file = await SafetensorsFile.open(folder.file('t.safetensors'));
  assert.deepEqual(file.names, ['double', 'long', 'single', 'int', 'half', 'bytes']);
});

test('a tensor whose shape and elements disagree is refused', () => {
  const wrong = new Map([['w', float32Tensor(new Float32Array(3), [2, 2])]]);
  assert.throws(() => encodeSafetensors(wrong), /w \[2, 2\] was given 3 elements/);
});

const hostile: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an empty file', new Uint8Array(0), /0 bytes are too few/],
  ['a header length beyond the file', fileWith('{}', 0).fill(9, 0, 1), /9 bytes long but the file/],
  ['an absurd header length', new Uint8Array(64).fill(255), /not a safetensors file/],
  ['a header that is not JSON', fileWith('{"a":', 0), /header is not JSON/],
  ['a header that is a list', fileWith('[]', 0), /must be a JSON object/],
  ['metadata that is not text', fileWith('{"__metadata__":{"a":1}}', 0), /a is not one/],
  ['a tensor without description', fileWith('{"a":null}', 0), /"a" has no description/],
  [
    'an unknown dtype',
    fileWith('{"a":{"dtype":"toString","shape":[],"data_offsets":[0,4]}}', 4),
    /dtype "toString"/,
  ],
  [
    'a shape with a negative extent',
    fileWith('{"a":{"dtype":"U8","shape":[-1,-4],"data_offsets":[0,4]}}', 4),
    /shape \[-1,-4\]/,
  ],
  [
    'a shape that does not fit its offsets',
    fileWith('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4),
    /needs 8 bytes for \[2\] F32, got 4/,
  ],
  [
    'offsets beyond the end',
    fileWith('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}', 4),
    /take 8 bytes but 4 bytes follow/,
  ],
  [
    'overlapping tensors',
    fileWith(
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}',
      6,
    ),
    /"b" overlaps/,
  ],
  [
    'a gap between tensors',
    fileWith('{"a":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}', 6),
    /"a" leaves a gap/,
  ],
  [
    'a name that means something to objects',
    fileWith('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    /called __proto__/,
  ],
];

for (const [what, bytes, message] of hostile) {
  test(`${what} is a corrupt file, named, however it is read`, async () => {
    await using folder = await TemporaryFolder.create();
    const path = folder.file('broken.safetensors');
    await writeFile(path, bytes);
    const isNamed = (error: unknown): boolean =>
      error instanceof CorruptFile && error.file === path && message.test(error.message);
    assert.throws(() => decodeSafetensors(bytes, path), isNamed);
    await assert.rejects(SafetensorsFile.open(path), isNamed);
  });
}

test('a file that is written in pieces has the bytes of one written at once', async () => {
  await using folder = await TemporaryFolder.create();
  const tensors = new Map<string, Tensor>([
    ['a', float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])],
    ['none', float32Tensor(new Float32Array(), [0])],
    ['b', {dtype: 'F16', shape: [2], data: Float32Array.of(0.25, 8)}],
  ]);
  const path = folder.file('t.safetensors');
  await using writer = await SafetensorsWriter.create(path, tensors, {k: 'v'});
  await writer.append('a', Float32Array.of(1, 2));
  await writer.append('a', Float32Array.of(3, 4, 5, 6));
  await writer.append('b', Float32Array.of(0.25, 8));
  await writer.finish();
  assert.deepEqual(
    new Uint8Array(await readFile(path)),
    new Uint8Array(encodeSafetensors(tensors, {k: 'v'})),
  );
});

test('a writer refuses elements out of turn, of another type, and an unfinished file', async () => {
  await using folder = await TemporaryFolder.create();
  const layout = new Map([['a', {dtype: 'F32', shape: [2]} as const]]);
  await using writer = await SafetensorsWriter.create(folder.file('t'), layout);
  await assert.rejects(writer.append('b', Float32Array.of(1)), /due is 2 elements of a/);
  await assert.rejects(writer.append('a', new Float32Array(3)), /Got 3 elements of a/);
  await assert.rejects(writer.append('a', Float64Array.of(1)), /was declared as F32/);
  await assert.rejects(writer.finish(), /2 elements of a are missing/);
});

test('part of a tensor is read by elements, and no further than it goes', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('t.safetensors');
  await writeFile(path, encodeSafetensors(everyDtype));
  await using file = await SafetensorsFile.open(path);
  assert.deepEqual(await file.read('single', {offset: 1, count: 2}), Float32Array.of(-2, 3e38));
  assert.deepEqual(await file.read('half', {offset: 1}), Float32Array.of(65504));
  assert.deepEqual(await file.read('bytes'), Uint8Array.of(0, 7, 255));
  assert.deepEqual(file.shape('int'), [0, 5]);
  await assert.rejects(file.read('bytes', {offset: 2, count: 2}), RangeError);
  await assert.rejects(file.read('nothing'), /holds no tensor called nothing/);
});

test('a file that loses its end while it is open is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('t.safetensors');
  await writeFile(path, encodeSafetensors(everyDtype));
  await using file = await SafetensorsFile.open(path);
  await truncate(path, (await readFile(path)).length - 1);
  await assert.rejects(file.read('bytes'), CorruptFile);
});
