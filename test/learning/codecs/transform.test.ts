import assert from 'node:assert/strict';
import {test} from 'node:test';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {
  readTransform,
  transformDigest,
  writeTransform,
} from '../../../src/learning/codecs/transform.ts';
import type {Transform} from '../../../src/learning/data/dataset.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const of = {name: 'small', shape: {height: 1, width: 2, channels: 1}, source: 'abc', count: 9};
const transforms: readonly Transform[] = [
  {kind: 'standardise', mean: Float32Array.of(0.1), std: Float32Array.of(0.3)},
  {
    kind: 'zca',
    mean: Float32Array.of(0.1, 0.2),
    whitening: Float32Array.of(2, 1, 1, 2),
    inverse: Float32Array.of(3, 4, 4, 3),
    eps: 0.1,
  },
];

for (const transform of transforms) {
  test(`a ${transform.kind} transform comes back with what it was fitted to`, async () => {
    await using folder = await TemporaryFolder.create();
    await writeTransform(folder.file('t.safetensors'), {...of, transform});
    assert.deepEqual(await readTransform(folder.file('t.safetensors')), {...of, transform});
  });
}

test('a transform without one of its tensors, or with one of another size, is a corrupt file', async () => {
  await using folder = await TemporaryFolder.create();
  const path = folder.file('t.safetensors');
  await writeTransform(path, {...of, transform: transforms[1]!});
  const {tensors, metadata} = await readSafetensors(path);
  const without = new Map([...tensors].filter(([name]) => name !== 'inverse'));
  await writeSafetensors(path, without, metadata);
  await assert.rejects(readTransform(path), /needs a tensor inverse of 4 × F32/);
  await writeSafetensors(path, tensors, {...metadata, shape: '[1,3,1]'});
  await assert.rejects(readTransform(path), CorruptFile);
});

test('transforms are distinguished by any of their numbers', () => {
  const [standardise, zca] = transforms as [Transform, Transform & {kind: 'zca'}];
  const digests = [standardise, zca, {...zca, eps: 0.2}, {...zca, mean: Float32Array.of(0.1, 0.3)}];
  assert.equal(new Set(digests.map((transform) => transformDigest(transform))).size, 4);
  assert.equal(transformDigest({...zca}), transformDigest(zca));
});
