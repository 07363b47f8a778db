import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {test} from 'node:test';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
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

for (const [what, written] of [
  ['with its transform', set],
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

test('a synthetic set without its labels is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSynthetic(folder.file('s'), set);
  const {tensors, metadata} = await readSafetensors(folder.file('s'));
  const without = new Map([...tensors].filter(([name]) => name !== 'labels'));
  await writeSafetensors(folder.file('s'), without, metadata);
  await assert.rejects(readSynthetic(folder.file('s')), /s: it needs a tensor/);
});
