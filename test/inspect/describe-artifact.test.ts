import assert from 'node:assert/strict';
import {readFile, truncate, writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {encode} from 'fast-png';
import {headerBytes} from '../../src/formats/safetensors/safetensors-header.ts';
import {writeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import type {Tensor} from '../../src/formats/tensor.ts';
import {describeFile} from '../../src/inspect/describe-artifact.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {smallDataset} from '../support/data/small-dataset.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

test('a trajectory: its tensors with statistics, and its metadata', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTrajectory(folder.file('t'), smallTrajectory(0));
  const described = await describeFile(folder.file('t'), 'safetensors');
  assert.equal(described.kind, 'tensors');
  const [theta] = described.tensors;
  assert.deepEqual(theta?.shape, [3, 5]);
  // Snapshot t holds 10 t + i for i = 0 … 4.
  assert.deepEqual(theta?.statistics.finite, {
    min: 0,
    max: 24,
    mean: 12,
    sd: Math.sqrt(200 / 3 + 2),
  });
  assert.deepEqual(theta?.first, [0, 1, 2, 3, 4, 10, 11, 12]);
  assert.equal(described.metadata['model'], 'ConvNet');
});

test('a table with a column without a name is reported as damaged', async () => {
  await using folder = await TemporaryFolder.create();
  await writeTable(folder.file('t'), {loss: Float64Array.of(1, 2)});
  const bytes = await readFile(folder.file('t'));
  // Finds the first column: the footer's field 1 is the schema, and the schema's field 1 is the list of columns. Then
  // removes the reference to the column's name.
  const footer = bytes.length - 10 - bytes.readInt32LE(bytes.length - 10);
  const slot = (table: number, field: number): number =>
    table - bytes.readInt32LE(table) + 4 + 2 * field;
  const follow = (at: number): number => at + bytes.readUInt32LE(at);
  const inField = (table: number, field: number): number =>
    follow(table + bytes.readInt16LE(slot(table, field)));
  const column = follow(inField(inField(follow(footer), 1), 1) + 4);
  bytes.writeInt16LE(0, slot(column, 0));
  await writeFile(folder.file('t'), bytes);
  const described = await describeFile(folder.file('t'), 'arrow');
  assert.equal(described.kind, 'unreadable');
  assert.match(described.note, /its structure is invalid/);
});

test('every kind of element has statistics', async () => {
  await using folder = await TemporaryFolder.create();
  const kinds: readonly Tensor[] = [
    {dtype: 'F64', shape: [2], data: Float64Array.of(1, 3)},
    {dtype: 'F32', shape: [2], data: Float32Array.of(1, 3)},
    {dtype: 'F16', shape: [2], data: Float32Array.of(1, 3)},
    {dtype: 'BF16', shape: [2], data: Float32Array.of(1, 3)},
    {dtype: 'I64', shape: [2], data: BigInt64Array.of(1n, 3n)},
    {dtype: 'I32', shape: [2], data: Int32Array.of(1, 3)},
    {dtype: 'I16', shape: [2], data: Int16Array.of(1, 3)},
    {dtype: 'I8', shape: [2], data: Int8Array.of(1, 3)},
    {dtype: 'U64', shape: [2], data: BigUint64Array.of(1n, 3n)},
    {dtype: 'U32', shape: [2], data: Uint32Array.of(1, 3)},
    {dtype: 'U16', shape: [2], data: Uint16Array.of(1, 3)},
    {dtype: 'U8', shape: [2], data: Uint8Array.of(1, 3)},
    {dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 3)},
  ];
  await writeSafetensors(folder.file('t'), new Map(kinds.map((tensor) => [tensor.dtype, tensor])));
  const described = await describeFile(folder.file('t'), 'safetensors');
  assert.equal(described.kind, 'tensors');
  const finite = {min: 1, max: 3, mean: 2, sd: 1};
  assert.deepEqual(
    new Map(described.tensors.map(({name, statistics}) => [name, statistics.finite])),
    new Map(kinds.map(({dtype}) => [dtype, finite])),
  );
  for (const {name, first} of described.tensors) assert.deepEqual(first, [1, 3], name);
});

test('first values that JSON has no number for are text', async () => {
  await using folder = await TemporaryFolder.create();
  const tensors: readonly (readonly [string, Tensor])[] = [
    ['float', {dtype: 'F32', shape: [3], data: Float32Array.of(Number.NaN, -Infinity, 0.5)}],
    ['whole', {dtype: 'I64', shape: [2], data: BigInt64Array.of(2n ** 60n, -5n)}],
    ['none', {dtype: 'F32', shape: [0], data: new Float32Array()}],
  ];
  await writeSafetensors(folder.file('t'), new Map(tensors));
  const described = await describeFile(folder.file('t'), 'safetensors');
  assert.ok(described.kind === 'tensors');
  assert.deepEqual(
    new Map(described.tensors.map(({name, first}) => [name, first])),
    new Map([
      ['float', ['NaN', '-Infinity', 0.5]],
      ['whole', [String(2n ** 60n), -5]],
      ['none', []],
    ]),
  );
});

test('a table: columns with statistics, and as many first rows as asked for', async () => {
  await using folder = await TemporaryFolder.create();
  const columns = {set: ['x', 'y', 'x'], loss: Float64Array.of(1, NaN, 2)};
  await writeTable(folder.file('t'), columns, {rate: '0.1'});
  const described = await describeFile(folder.file('t'), 'arrow', {rows: 2});
  assert.deepEqual(described, {
    kind: 'table',
    rowCount: 3,
    columns: [
      {name: 'set', type: 'Utf8', missing: 0, distinct: 2},
      {
        name: 'loss',
        type: 'Float64',
        missing: 0,
        statistics: {
          count: 3,
          nans: 1,
          infinities: 0,
          finite: {min: 1, max: 2, mean: 1.5, sd: 0.5},
        },
      },
    ],
    metadata: {rate: '0.1'},
    rows: [
      ['x', 1],
      ['y', 'NaN'],
    ],
  });
});

test('a data set: images are abbreviated, and counted pixel by pixel', async () => {
  await using folder = await TemporaryFolder.create();
  await writeDataset(folder.file('d'), smallDataset());
  const described = await describeFile(folder.file('d'), 'arrow', {rows: 1});
  assert.equal(described.kind, 'table');
  assert.equal(described.rowCount, 8);
  assert.equal(described.columns[0]?.statistics?.count, 8 * 12);
  const [[image, , split] = []] = described.rows;
  const first = [...smallDataset().train.images.subarray(0, 8)];
  assert.deepEqual(image, {length: 12, first});
  assert.equal(split, 'train');
});

test('a picture: its dimensions, and statistics of its pixels', async () => {
  await using folder = await TemporaryFolder.create();
  const data = Uint8Array.from({length: 18}, (_, index) => (index < 9 ? 10 : 30));
  const png = encode({width: 3, height: 2, data, channels: 3, depth: 8});
  await writeFile(folder.file('p'), png);
  assert.deepEqual(await describeFile(folder.file('p'), 'png'), {
    kind: 'image',
    width: 3,
    height: 2,
    channels: 3,
    depth: 8,
    statistics: {
      count: 18,
      nans: 0,
      infinities: 0,
      finite: {min: 10, max: 30, mean: 20, sd: 10},
    },
  });
});

test('a text: its first lines, and how many there are', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('t'), 'one\ntwo\nthree');
  const whole = {kind: 'text', text: 'one\ntwo\nthree', lineCount: 3, shownLines: 3, isWhole: true};
  assert.deepEqual(await describeFile(folder.file('t'), 'text'), whole);
  const cut = {kind: 'text', text: 'one\ntwo\n', lineCount: 3, shownLines: 2, isWhole: false};
  assert.deepEqual(await describeFile(folder.file('t'), 'text', {lines: 2}), cut);
  await writeFile(folder.file('t'), '');
  const empty = {kind: 'text', text: '', lineCount: 0, shownLines: 0, isWhole: true};
  assert.deepEqual(await describeFile(folder.file('t'), 'text'), empty);
});

test('a line that is too long to show is cut off, and counts as one line', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('t'), `${'x'.repeat(3_000_000)}\nlast\n`);
  const described = await describeFile(folder.file('t'), 'text');
  assert.equal(described.kind, 'text');
  assert.equal(described.lineCount, 2);
  assert.equal(described.isWhole, false);
  assert.equal(described.text.length, 1 << 18);
});

/** The permitted descriptions of a damaged file. Describing it must neither throw nor run for ever. */
const answers = ['tensors', 'table', 'image', 'text', 'unreadable'];

const examples = [
  ['arrow', (file: string) => writeDataset(file, smallDataset())],
  ['safetensors', (file: string) => writeTrajectory(file, smallTrajectory(1))],
  [
    'png',
    (file: string) =>
      writeFile(
        file,
        encode({width: 2, height: 2, data: new Uint8Array(4), channels: 1, depth: 8}),
      ),
  ],
] as const;

for (const [container, write] of examples) {
  test(`every beginning of a file in ${container} is said to be unreadable`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = folder.file('f');
    await write(file);
    const {length} = await readFile(file);
    // A torn picture is described as long as its dimensions are there, which are at its beginning.
    const smallest = container === 'png' ? 28 : length - 1;
    for (let size = smallest; size >= 0; size -= 29) {
      await truncate(file, size);
      const described = await describeFile(file, container);
      assert.equal(described.kind, 'unreadable', `${size} of ${length} bytes`);
    }
  });

  test(`a file in ${container} with bytes replaced is described or said to be unreadable`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = folder.file('f');
    await write(file);
    const whole = await readFile(file);
    const byte = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
    await fc.assert(
      fc.asyncProperty(fc.array(byte, {minLength: 1, maxLength: 4}), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, value] of changes) damaged[at] = value;
        await writeFile(file, damaged);
        const {kind} = await describeFile(file, container);
        assert.ok(answers.includes(kind));
      }),
      {numRuns: 300, seed: 1},
    );
  });
}

test('an Arrow file with any one byte replaced is described or said to be unreadable', async () => {
  await using folder = await TemporaryFolder.create();
  const file = folder.file('f');
  await writeTable(file, {set: ['x'], loss: Float64Array.of(1)}, {rate: '0.1'});
  const whole = await readFile(file);
  for (let at = 0; at < whole.length; at++) {
    // Small values give wrong offsets and lengths that still lie within the file.
    for (const value of [3, 0x80]) {
      const damaged = Buffer.from(whole);
      damaged[at] = value;
      await writeFile(file, damaged);
      const {kind} = await describeFile(file, 'arrow');
      assert.ok(['table', 'unreadable'].includes(kind), `${value} at ${at}`);
    }
  }
});

const hostile: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a header that is longer than any', lengthField(2n ** 62n), /header would be/],
  ['a header that the file ends before', lengthField(1000n), /file ends first/],
  [
    'tensors that overlap',
    safetensors([
      [0, 4],
      [2, 6],
    ]),
    /overlaps the tensor before it/,
  ],
  [
    'a gap between tensors',
    safetensors([
      [0, 4],
      [8, 12],
    ]),
    /leaves a gap before it/,
  ],
  [
    'a tensor behind the end',
    safetensors([
      [0, 4],
      [4, 4000],
    ]),
    /needs 4 bytes/,
  ],
];

for (const [what, bytes, sentence] of hostile) {
  test(`${what}: the file is named, not trusted`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeFile(folder.file('hostile'), bytes);
    const described = await describeFile(folder.file('hostile'), 'safetensors');
    assert.equal(described.kind, 'unreadable');
    assert.match(described.note, /hostile: /);
    assert.match(described.note, sentence);
  });
}

test('a file of any kind is shown if it is text', async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.file('script'), 'print()\n');
  const shown = await describeFile(folder.file('script'), 'bytes');
  assert.equal(shown.kind === 'text' && shown.text, 'print()\n');
  await writeFile(folder.file('binary'), Uint8Array.of(1, 0, 2));
  const bytes = {kind: 'bytes', first: [1, 0, 2]};
  assert.deepEqual(await describeFile(folder.file('binary'), 'bytes'), bytes);
  await writeFile(folder.file('binary'), new Uint8Array(1000));
  const long = await describeFile(folder.file('binary'), 'bytes');
  assert.deepEqual(long, {kind: 'bytes', first: Array(64).fill(0)});
});

function lengthField(length: bigint): Uint8Array {
  const bytes = Buffer.alloc(16, '{');
  bytes.writeBigUInt64LE(length);
  return bytes;
}

/** Gives a file of tensors of one float each at these offsets. */
function safetensors(offsets: readonly (readonly [number, number])[]): Uint8Array {
  const tensors = offsets.map(([begin, end], i) => {
    return [`t${i}`, {dtype: 'F32', shape: [1], begin, end}] as const;
  });
  return Buffer.concat([headerBytes({tensors: new Map(tensors), metadata: {}}), Buffer.alloc(12)]);
}
