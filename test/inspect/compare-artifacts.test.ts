import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {test} from 'node:test';
import {encode} from 'fast-png';
import {writeSafetensors} from '../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../src/formats/tensor.ts';
import type {Container} from '../../src/contract/media.ts';
import {compareFiles, type Comparison} from '../../src/inspect/compare-artifacts.ts';
import {writeDataset} from '../../src/learning/codecs/dataset-arrow.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {writeTrajectory} from '../../src/learning/codecs/trajectory.ts';
import {smallDataset, smallFloatDataset} from '../support/data/small-dataset.ts';
import {smallTrajectory} from '../support/data/small-trajectory.ts';
import {TemporaryFolder} from '../support/rigs/temporary-folder.ts';

/** Compares the artifacts that two functions write. */
async function compare(
  container: Container,
  writeA: (file: string) => Promise<void>,
  writeB: (file: string) => Promise<void>,
): Promise<Comparison> {
  await using folder = await TemporaryFolder.create();
  await writeA(folder.file('a'));
  await writeB(folder.file('b'));
  return await compareFiles(container, folder.file('a'), folder.file('b'));
}

const text =
  (content: string | Uint8Array) =>
  (file: string): Promise<void> =>
    writeFile(file, content);

const tensors =
  (tensors: Readonly<Record<string, Tensor>>, metadata: Readonly<Record<string, string>> = {}) =>
  (file: string): Promise<void> =>
    writeSafetensors(file, new Map(Object.entries(tensors)), metadata);

test('two trajectories: how far apart their parameters are, and which metadata differ', async () => {
  const compared = await compare(
    'safetensors',
    (file) => writeTrajectory(file, smallTrajectory(0)),
    (file) => writeTrajectory(file, smallTrajectory(1)),
  );
  assert.equal(compared.kind, 'tensors');
  const theta = {dtype: 'F32', shape: [3, 5]} as const;
  assert.deepEqual(compared.tensors, [
    {
      name: 'theta',
      a: theta,
      b: theta,
      count: 15,
      differing: 15,
      maxAbs: 100,
      meanAbs: 100,
      maxRelative: 1,
      unlike: 0,
      nans: [0, 0],
      infinities: [0, 0],
    },
  ]);
  assert.deepEqual(
    compared.metadata.map(({name}) => name),
    ['experts[0].seed'],
  );
});

test('equal bytes are equal in every container', async () => {
  const write = (file: string): Promise<void> => writeDataset(file, smallDataset());
  assert.deepEqual(await compare('arrow', write, write), {kind: 'equal'});
  assert.deepEqual(await compare('arrow', text('torn'), text('torn')), {kind: 'equal'});
});

test('tensors that one side lacks, has in another shape or with other elements', async () => {
  const a = tensors({
    kept: float32Tensor(Float32Array.of(1, 2), [2]),
    turned: float32Tensor(Float32Array.of(1, 2), [2]),
    gone: float32Tensor(Float32Array.of(1), []),
  });
  const b = tensors({
    kept: {dtype: 'F64', shape: [2], data: Float64Array.of(1, 2.5)},
    turned: float32Tensor(Float32Array.of(1, 2), [1, 2]),
    came: float32Tensor(Float32Array.of(1), []),
  });
  const compared = await compare('safetensors', a, b);
  assert.equal(compared.kind, 'tensors');
  const byName = new Map(compared.tensors.map((tensor) => [tensor.name, tensor]));
  assert.equal(byName.get('kept')?.maxAbs, 0.5);
  assert.equal(byName.get('kept')?.b?.dtype, 'F64');
  assert.equal(byName.get('turned')?.maxAbs, undefined);
  assert.equal(byName.get('gone')?.b, undefined);
  assert.equal(byName.get('came')?.a, undefined);
});

test('tensors that are larger than what is in memory at a time are compared to their ends', async () => {
  const data = new Float32Array((1 << 20) + 3);
  const other = data.slice();
  other[other.length - 1] = 4;
  const compared = await compare(
    'safetensors',
    tensors({theta: float32Tensor(data, [data.length])}),
    tensors({theta: float32Tensor(other, [data.length])}),
  );
  assert.equal(compared.kind, 'tensors');
  assert.equal(compared.tensors[0]?.maxAbs, 4);
  assert.equal(compared.tensors[0]?.count, data.length);
});

test('two tables: rows, columns and metadata', async () => {
  const compared = await compare(
    'arrow',
    (file) =>
      writeTable(
        file,
        {epoch: Int32Array.of(1, 2, 3), loss: Float64Array.of(1, NaN, 0.5), set: ['x', 'y', 'z']},
        {rate: '0.1'},
      ),
    (file) =>
      writeTable(file, {
        epoch: Int32Array.of(1, 2),
        loss: Float64Array.of(1.25, NaN),
        set: ['x', 'w'],
        accuracy: Float64Array.of(0, 1),
      }),
  );
  assert.equal(compared.kind, 'table');
  assert.deepEqual(compared.rowCounts, [3, 2]);
  assert.deepEqual(compared.metadata, [{name: 'rate', a: '0.1'}]);
  const told = compared.columns.map(({name, a, b, differingRows, maxAbs}) => [
    name,
    a,
    b,
    differingRows,
    maxAbs,
  ]);
  assert.deepEqual(told, [
    ['epoch', 'Int32', 'Int32', 0, 0],
    ['loss', 'Float64', 'Float64', 1, 0.25],
    ['set', 'Utf8', 'Utf8', 1, undefined],
    ['accuracy', undefined, 'Float64', undefined, undefined],
  ]);
});

test('two data sets: pixels are numbers, whether bytes or floats', async () => {
  const bytes = smallDataset();
  const images = bytes.train.images.map((value, i) => (i === 0 ? value + 7 : value)) as Uint8Array;
  const changed = {...bytes, train: {...bytes.train, images}};
  const ofBytes = await compare(
    'arrow',
    (file) => writeDataset(file, bytes),
    (file) => writeDataset(file, changed),
  );
  assert.equal(ofBytes.kind, 'table');
  const image = ofBytes.columns.find(({name}) => name === 'image');
  assert.equal(image?.maxAbs, 7);
  assert.equal(image?.differingRows, 1);

  const floats = smallFloatDataset();
  const shifted = {
    ...floats,
    test: {...floats.test, images: Float32Array.from(floats.test.images, (v) => v + 0.5)},
  };
  const ofFloats = await compare(
    'arrow',
    (file) => writeDataset(file, floats),
    (file) => writeDataset(file, shifted),
  );
  assert.equal(ofFloats.kind, 'table');
  const pixels = ofFloats.columns.find(({name}) => name === 'image');
  assert.ok(Math.abs(pixels!.maxAbs! - 0.5) < 1e-6, `${pixels!.maxAbs}`);
  assert.equal(pixels?.differingRows, floats.test.count);
});

test('two texts: how many lines differ, and the first of them', async () => {
  const compared = await compare('text', text('a\nb\nc\n'), text('a\nB\nc\nd\n'));
  assert.deepEqual(compared, {
    kind: 'text',
    lineCounts: [3, 4],
    differingLines: 2,
    first: [
      {line: 2, a: 'b', b: 'B'},
      {line: 4, b: 'd'},
    ],
  });
});

test('two pictures: how far apart their pixels are, where they are of one size', async () => {
  const picture = (data: Uint8Array, width: number): Uint8Array =>
    encode({width, height: data.length / width, data, channels: 1, depth: 8});
  const a = text(picture(Uint8Array.of(0, 10, 20, 30), 2));
  const compared = await compare('png', a, text(picture(Uint8Array.of(0, 10, 26, 30), 2)));
  assert.equal(compared.kind, 'image');
  assert.equal(compared.maxAbs, 6);
  assert.equal(compared.meanAbs, 1.5);
  const wider = await compare('png', a, text(picture(Uint8Array.of(0, 10, 26, 30), 4)));
  assert.equal(wider.kind, 'image');
  assert.deepEqual([wider.a.width, wider.b.width, wider.maxAbs], [2, 4, undefined]);
});

test('a file that cannot be read counts as different, and is reported as unreadable', async () => {
  const whole = tensors({x: float32Tensor(Float32Array.of(1), [1])});
  const compared = await compare('safetensors', whole, text('no tensors at all'));
  assert.equal(compared.kind, 'different');
  assert.match(compared.note, /b: not a safetensors file/);
});

test('files of any kind are compared line by line if both are text', async () => {
  const compared = await compare('bytes', text('a\nb\n'), text('a\nc\n'));
  assert.deepEqual(compared.kind === 'text' && compared.first, [{line: 2, a: 'b', b: 'c'}]);
  const binary = await compare('bytes', text('a\nb\n'), text(Uint8Array.of(0, 1)));
  assert.deepEqual(binary, {kind: 'different', note: 'Their bytes differ.'});
});

test('JSON metadata are compared field by field, and their numbers by their difference', async () => {
  const compared = await compare(
    'safetensors',
    tensors(
      {},
      {
        one: JSON.stringify({same: 1, loss: [1, 2, 3], deep: [{x: 1}, {y: 'a'}]}),
        rate: '0.5',
        text: 'a',
        spelt: '1.0',
      },
    ),
    tensors(
      {},
      {
        one: JSON.stringify({same: 1, loss: [1, 2.5, 3], deep: [{x: 1}, {y: 'b'}], more: null}),
        rate: '0.75',
        text: 'b',
        spelt: '1',
      },
    ),
  );
  assert.ok(compared.kind === 'tensors');
  assert.deepEqual(compared.metadata, [
    {name: 'one.loss', a: '[1,2,3]', b: '[1,2.5,3]', maxAbs: 0.5},
    {name: 'one.deep[1].y', a: 'a', b: 'b'},
    {name: 'one.more', b: 'null'},
    {name: 'rate', a: '0.5', b: '0.75', maxAbs: 0.25},
    {name: 'spelt', a: '1.0', b: '1'},
    {name: 'text', a: 'a', b: 'b'},
  ]);
});
