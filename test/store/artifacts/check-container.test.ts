import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {test} from 'node:test';
import {tableFromArrays, tableToIPC} from 'apache-arrow';
import {encode} from 'fast-png';
import {byName, type Container} from '../../../src/contract/media.ts';
import {media as definitions} from '../../../stages/shared/media.ts';
import {checkContainer} from '../../../src/store/artifacts/check-container.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const media = byName(definitions);

function safetensors(): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      __metadata__: {format: 'pt'},
      a: {dtype: 'F32', shape: [2], data_offsets: [0, 8]},
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(8)]);
}

/** A container with a form that can be checked; `bytes` may be anything. */
type Framed = Exclude<Container, 'bytes'>;

const whole: Readonly<Record<Framed, Uint8Array>> = {
  arrow: tableToIPC(tableFromArrays({a: Int32Array.of(1, 2, 3)}), 'file'),
  safetensors: safetensors(),
  png: encode({width: 2, height: 1, data: Uint8Array.of(0, 255), channels: 1}),
  text: Buffer.from('Zürich, 東京'),
};

for (const [container, bytes] of Object.entries(whole) as [Framed, Uint8Array][]) {
  test(`a whole ${container} file passes, and every torn one is found`, async () => {
    await using folder = await TemporaryFolder.create();
    const file = path.join(folder.path, 'file');
    await writeFile(file, bytes);
    assert.equal(await checkContainer(file, {container}), undefined);
    // A text may end after any character, so only a torn character shows that it was cut off.
    const lengths = container === 'text' ? [bytes.length - 1] : [0, 1, 7, 9, bytes.length - 1];
    for (const length of lengths) {
      await writeFile(file, bytes.subarray(0, length));
      assert.match((await checkContainer(file, {container})) ?? '', /^(is|does not) /);
    }
  });
}

/** Gives a safetensors file whose header describes these tensors, followed by this many bytes. */
function withTensors(tensors: Readonly<Record<string, unknown>>, dataBytes: number): Buffer {
  const header = Buffer.from(JSON.stringify(tensors));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(dataBytes)]);
}

test('a safetensors header must place its tensors as they are, one behind the other', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  const tensor = (shape: readonly number[], ...offsets: readonly number[]): unknown => ({
    dtype: 'F32',
    shape,
    data_offsets: offsets,
  });
  for (const [tensors, fault] of [
    [{a: tensor([2], 0, 8), b: tensor([2], 4, 12), c: tensor([1], 12, 16)}, /"b" overlaps/],
    [{a: tensor([2], 0, 8), b: tensor([1], 12, 16)}, /"b" leaves a gap before it/],
    [{a: tensor([2], -8, 0), b: tensor([4], 0, 16)}, /"a" has data_offsets \[-8,0\]/],
    [{a: tensor([-2, -2], 0, 16)}, /"a" has shape \[-2,-2\]/],
    [{a: tensor([3], 0, 16)}, /"a" needs 12 bytes for \[3\] F32, got 16/],
    [{a: tensor([3], 0, 12)}, /take 12 bytes but 16 bytes follow/],
  ] as const) {
    await writeFile(file, withTensors(tensors, 16));
    const found = (await checkContainer(file, {container: 'safetensors'})) ?? '';
    assert.match(found, /^is no sound safetensors file \(.*\)$/);
    assert.match(found, fault);
  }
});

test('numbers are looked at where the media has only finite ones', async () => {
  await using folder = await TemporaryFolder.create();
  const file = path.join(folder.path, 'file');
  const bytes = Buffer.from(withTensors({a: {dtype: 'F32', shape: [2], data_offsets: [0, 8]}}, 8));
  bytes.writeFloatLE(NaN, bytes.length - 4);
  await writeFile(file, bytes);
  const found = 'has 1 number that is not finite in the tensor `a` (element 1 of 2)';
  assert.equal(await checkContainer(file, media.get('synthetic')!), found);
  assert.equal(await checkContainer(file, {container: 'safetensors'}), undefined);

  const columns = {accuracy: Float64Array.of(0.5, 0.1), loss: Float64Array.of(1, NaN)};
  await writeFile(file, tableToIPC(tableFromArrays(columns), 'file'));
  // A NaN is the loss of a trial that diverged.
  assert.equal(await checkContainer(file, media.get('scores')!), undefined);
  columns.accuracy[1] = Infinity;
  await writeFile(file, tableToIPC(tableFromArrays(columns), 'file'));
  assert.match((await checkContainer(file, media.get('scores')!)) ?? '', /in the column `accuracy` /);
  // Tables have NaN for missing numbers.
  assert.equal(await checkContainer(file, media.get('table')!), undefined);
});
