import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {
  Dictionary,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int32,
  List,
  Schema,
  makeData,
  makeVector,
} from 'apache-arrow';
import type {Data, DataType} from 'apache-arrow';
import {recordBatch, writeBatches} from '../../src/formats/arrow/arrow-file.ts';
import {findStrayColumn} from '../../src/formats/arrow/finite-columns.ts';
import {findStrayTensor} from '../../src/formats/safetensors/finite-tensors.ts';
import {encodeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {bytesPerElement, type Dtype, type Tensor} from '../../src/formats/tensor.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

type Float = 'F16' | 'BF16' | 'F32' | 'F64';

/** The largest finite number of each type. */
const largest: Readonly<Record<Float, number>> = {
  F16: 65504,
  BF16: (2 - 2 ** -7) * 2 ** 127,
  F32: (2 - 2 ** -23) * 2 ** 127,
  F64: Number.MAX_VALUE,
};

function floats(dtype: Float, length: number, at: Readonly<Record<number, number>>): Tensor {
  const data = dtype === 'F64' ? new Float64Array(length) : new Float32Array(length);
  data.forEach((_, i) => (data[i] = i % 2 === 0 ? largest[dtype] : -largest[dtype]));
  for (const [index, value] of Object.entries(at)) data[Number(index)] = value;
  return {dtype, shape: [length], data} as Tensor;
}

async function strayIn(tensors: Readonly<Record<string, Tensor>>): Promise<string | undefined> {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('t'), encodeSafetensors(new Map(Object.entries(tensors))));
  return await findStrayTensor(folder.file('t'));
}

for (const dtype of Object.keys(largest) as Float[]) {
  test(`numbers of ${dtype} that are not finite are counted, the largest that are finite are not`, async () => {
    assert.equal(await strayIn({a: floats(dtype, 5, {})}), undefined);
    for (const stray of [NaN, Infinity, -Infinity]) {
      // Element 0 is the first, 4 the last of an odd number, and 3 lies between.
      for (const index of [0, 4, 3]) {
        assert.equal(
          await strayIn({a: floats(dtype, 5, {}), b: floats(dtype, 5, {[index]: stray})}),
          `has 1 number that is not finite in the tensor \`b\` (element ${index} of 5)`,
        );
      }
    }
  });

  test(`numbers of ${dtype} are counted across the pieces that are read`, async () => {
    const piece = (1 << 20) / bytesPerElement[dtype];
    const length = 2 * piece + 3;
    const at = {[piece - 1]: NaN, [piece]: Infinity, [length - 1]: -Infinity};
    assert.equal(
      await strayIn({a: floats(dtype, length, at)}),
      `has 3 numbers that are not finite in the tensor \`a\` (the first is element ${piece - 1} of ${length})`,
    );
  });
}

test('integers are finite, whatever their bits', async () => {
  const ones: Partial<Record<Dtype, Tensor['data']>> = {
    I64: BigInt64Array.of(-1n),
    I32: Int32Array.of(-1),
    I16: Int16Array.of(-1),
    U8: Uint8Array.of(255),
  };
  const tensors = Object.entries(ones).map(([dtype, data]) => [dtype, {dtype, shape: [1], data}]);
  assert.equal(await strayIn(Object.fromEntries(tensors) as Record<string, Tensor>), undefined);
});

/** Writes an Arrow file whose column `x` consists of two batches. */
async function columnFile(path: string, type: DataType, parts: readonly Data[]): Promise<void> {
  const schema = new Schema([new Field('n', new Int32()), new Field('x', type)]);
  const batches = parts.map((part) => {
    const numbers = makeData({type: new Int32(), data: new Int32Array(part.length).fill(-1)});
    return recordBatch(schema, part.length, [numbers, part]);
  });
  await writeBatches(path, batches);
}

test('columns of floats are looked at, in lists and batches too', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('x.arrow');
  const doubles = [Float64Array.of(1, 2), Float64Array.of(3, NaN, Infinity)];
  const plain = doubles.map((data) => makeData({type: new Float64(), data}));
  await columnFile(file, new Float64(), plain);
  const fault = 'has 2 numbers that are not finite in the column `x` (the first is element 3 of 5)';
  assert.equal(await findStrayColumn(file), fault);
  assert.equal(await findStrayColumn(file, ['n']), undefined);

  const halves = makeData({type: new Float16(), data: Uint16Array.of(0x7bff, 0x7c00)});
  await columnFile(file, new Float16(), [halves]);
  assert.match((await findStrayColumn(file)) ?? '', /^has 1 number .* \(element 1 of 2\)$/);

  const list = new FixedSizeList(3, new Field('value', new Float32(), false));
  const child = makeData({type: new Float32(), data: Float32Array.of(1, 2, 3, 4, -Infinity, 6)});
  await columnFile(file, list, [makeData({type: list, length: 2, nullCount: 0, child})]);
  assert.match((await findStrayColumn(file)) ?? '', /in the column `x` \(element 4 of 6\)$/);

  await columnFile(file, new Float64(), plain.slice(0, 1));
  assert.equal(await findStrayColumn(file), undefined);
});

test('numbers under a null of a column are ignored, single ones and lists of them', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('x.arrow');
  // The second of three rows is null.
  const nullBitmap = Uint8Array.of(0b101);
  const nulls = {length: 3, nullCount: 1, nullBitmap};
  const strays = async (type: DataType, part: Data): Promise<string | undefined> => {
    await columnFile(file, type, [part]);
    return await findStrayColumn(file);
  };
  const double = new Float64();
  const column = (...data: readonly number[]): Data =>
    makeData({type: double, ...nulls, data: Float64Array.from(data)});
  assert.equal(await strays(double, column(1, NaN, 3)), undefined);
  assert.match((await strays(double, column(1, NaN, NaN))) ?? '', /1 number .*\(element 2 of 3\)/);
  const half = new Float16();
  const halves = makeData({type: half, ...nulls, data: Uint16Array.of(0, 0x7e00, 0)});
  assert.equal(await strays(half, halves), undefined);

  const item = new Field('value', new Float32());
  const child = (...data: readonly number[]): Data<Float32> =>
    makeData({type: new Float32(), data: Float32Array.from(data)});
  const pairs = new FixedSizeList(2, item);
  const pair = (...data: readonly number[]): Data =>
    makeData({type: pairs, ...nulls, child: child(...data)});
  assert.equal(await strays(pairs, pair(1, 2, NaN, NaN, 5, 6)), undefined);
  assert.match((await strays(pairs, pair(1, 2, NaN, 4, 5, NaN))) ?? '', /1 .*\(element 5 of 6\)/);
  const list = new List(item);
  const valueOffsets = Int32Array.of(0, 1, 3, 4);
  const lists = (...data: readonly number[]): Data =>
    makeData({type: list, ...nulls, valueOffsets, child: child(...data)});
  assert.equal(await strays(list, lists(1, NaN, NaN, 4)), undefined);
  assert.match((await strays(list, lists(1, NaN, NaN, NaN))) ?? '', /1 .*\(element 3 of 4\)/);
});

test('numbers of a dictionary are checked only if rows refer to them', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('x.arrow');
  const type = new Dictionary(new Float64(), new Int32(), 1);
  const dictionary = makeVector(
    makeData({type: new Float64(), data: Float64Array.of(1, Infinity, 3)}),
  );
  const rows = (...indices: readonly number[]): Data =>
    makeData({type, data: Int32Array.from(indices), dictionary});
  await columnFile(file, type, [rows(0, 1, 2, 1)]);
  assert.match((await findStrayColumn(file)) ?? '', /^has 1 .* `x` \(element 1 of 3\)$/);
  await columnFile(file, type, [rows(2, 0, 2)]);
  assert.equal(await findStrayColumn(file), undefined);
  const nulls = {nullCount: 1, nullBitmap: Uint8Array.of(0b101)};
  const some = makeData({type, length: 3, ...nulls, data: Int32Array.of(0, 1, 2), dictionary});
  await columnFile(file, type, [some]);
  assert.equal(await findStrayColumn(file), undefined);
});
