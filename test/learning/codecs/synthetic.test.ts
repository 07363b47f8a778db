import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../../src/formats/tensor.ts';
import {readSynthetic, writeSynthetic} from '../../../src/learning/codecs/synthetic.ts';
import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const untransformed: SyntheticSet = {
  name: 'small',
  shape: {height: 1, width: 2, channels: 1},
  classes: ['apple', 'pear'],
  source: 'abc',
  images: Float32Array.of(-1, 2, 3, -4),
  labels: Int32Array.of(0, 1),
  count: 2,
  stepSize: 0.1 + 0.2,
  pixels: Float32Array.of(0.1, 1.2, -0.3, 0.4),
  provenance: {'mean loss': '0.5', iterations: '200'},
};

const set: SyntheticSet = {
  ...untransformed,
  transformDigest: 'def',
  iteration: 500,
  transform: {
    kind: 'zca',
    mean: Float32Array.of(0.1, 0.2),
    whitening: Float32Array.of(2, 1, 1, 2),
    inverse: Float32Array.of(3, 4, 4, 3),
    eps: 0.1,
  },
};

const rows = {kind: 'rows', values: Float32Array.of(0.25, 0.75, 1, 0)} as const;
const logits = {kind: 'logits', values: Float32Array.of(-3, 4, 0.5, 0)} as const;

for (const [what, written] of [
  ['with its transform', set],
  ['with rows as soft labels', {...set, targets: rows}],
  ['with logits as soft labels', {...untransformed, targets: logits}],
  ['made from raw pixels', untransformed],
] as const) {
  test(`a synthetic set ${what} comes back as it was written`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeSynthetic(folder.file('s.safetensors'), written);
    assert.deepEqual(await readSynthetic(folder.file('s.safetensors')), written);
    await writeSynthetic(folder.file('again'), written);
    const [first, second] = [
      await readFile(folder.file('s.safetensors')),
      await readFile(folder.file('again')),
    ];
    assert.deepEqual(first, second);
  });
}

test('other readers find images, labels, step size and pixels by name', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSynthetic(folder.file('s.safetensors'), set);
  const {tensors, metadata} = await readSafetensors(folder.file('s.safetensors'));
  assert.deepEqual(tensors.get('images')?.shape, [2, 1, 2, 1]);
  assert.deepEqual(tensors.get('pixels')?.shape, [2, 1, 2, 1]);
  assert.deepEqual(tensors.get('labels')?.dtype, 'I32');
  assert.deepEqual(tensors.get('step_size')?.data, Float64Array.of(0.1 + 0.2));
  assert.deepEqual(tensors.get('transform.inverse')?.shape, [2, 2]);
  assert.equal(metadata['provenance.iterations'], '200');
});

test('soft labels have names of their own in the file', async () => {
  await using folder = await TemporaryFolder.create();
  for (const [targets, name] of [
    [rows, 'label_rows'],
    [logits, 'label_logits'],
  ] as const) {
    await writeSynthetic(folder.file('s'), {...set, targets});
    const {tensors} = await readSafetensors(folder.file('s'));
    assert.deepEqual(tensors.get(name), {dtype: 'F32', shape: [2, 2], data: targets.values});
  }
});

const float32 = (shape: readonly number[], ...values: readonly number[]): Tensor =>
  float32Tensor(Float32Array.of(...values), shape);

for (const [what, hostile, message] of [
  [
    'both kinds of soft labels',
    {label_rows: float32([2, 2], 1, 0, 0, 1), label_logits: float32([2, 2], 1, 0, 0, 1)},
    /s: it has both label_rows and label_logits/,
  ],
  ['rows below 0', {label_rows: float32([2, 2], 1, 0, -0.1, 1.1)}, /s: row 1 of label_rows must/],
  [
    'rows that add up to more than 1',
    {label_rows: float32([2, 2], 0.5, 0.5002, 0, 1)},
    /s: row 0 of label_rows must be numbers from 0 that add up to 1/,
  ],
  ['rows of nothing', {label_rows: float32([2, 2], 1, 0, 0, 0)}, /row 1 of label_rows/],
  [
    'a row that is not finite',
    {label_rows: float32([2, 2], 1, 0, NaN, 1)},
    /s: it has 1 number that is not finite in the tensor `label_rows`/,
  ],
  [
    'an infinite logit',
    {label_logits: float32([2, 2], 1, -Infinity, 0, 1)},
    /s: it has 1 number that is not finite in the tensor `label_logits`/,
  ],
  [
    'rows for fewer images',
    {label_rows: float32([1, 2], 1, 0)},
    /s: label_rows must be F32 of \[2, 2\]/,
  ],
  [
    'rows of another shape and the same size',
    {label_logits: float32([4, 1], 1, 0, 1, 0)},
    /s: label_logits must be F32 of \[2, 2\]/,
  ],
  [
    'rows of whole numbers',
    {label_rows: {dtype: 'I32', shape: [2, 2], data: Int32Array.of(1, 0, 0, 1)}},
    /s: label_rows must be F32 of/,
  ],
  [
    'a label beyond its classes',
    {labels: {dtype: 'I32', shape: [2], data: Int32Array.of(1, 2)}},
    /s: label 1 is 2, but there are 2 classes, counted from 0/,
  ],
  [
    'a label below 0',
    {labels: {dtype: 'I32', shape: [2], data: Int32Array.of(-1, 0)}},
    /s: label 0 is -1, but/,
  ],
] as const satisfies readonly (readonly [string, Record<string, Tensor>, RegExp])[]) {
  test(`a synthetic set with ${what} is a corrupt file`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeSynthetic(folder.file('s'), set);
    const {tensors, metadata} = await readSafetensors(folder.file('s'));
    const changed = new Map<string, Tensor>([...tensors, ...Object.entries<Tensor>(hostile)]);
    await writeSafetensors(folder.file('s'), changed, metadata);
    await assert.rejects(readSynthetic(folder.file('s')), message);
  });
}

test('rows may differ from a sum of 1 by what rounding does', async () => {
  await using folder = await TemporaryFolder.create();
  const targets = {kind: 'rows', values: Float32Array.of(0.5, 0.50005, 1, 0)} as const;
  await writeSynthetic(folder.file('s'), {...set, targets});
  assert.deepEqual((await readSynthetic(folder.file('s'))).targets, targets);
});

test('a synthetic set without its labels is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSynthetic(folder.file('s'), set);
  const {tensors, metadata} = await readSafetensors(folder.file('s'));
  const without = new Map([...tensors].filter(([name]) => name !== 'labels'));
  await writeSafetensors(folder.file('s'), without, metadata);
  await assert.rejects(readSynthetic(folder.file('s')), /s: it needs a tensor/);
});
