import assert from 'node:assert/strict';
import {stat} from 'node:fs/promises';
import {test} from 'node:test';
import {CorruptFile} from '../../../src/formats/file-fault.ts';
import {readSafetensors, writeSafetensors} from '../../../src/formats/safetensors/safetensors.ts';
import {float32Tensor, type Tensor} from '../../../src/formats/tensor.ts';
import {setBytes} from '../../../src/learning/codecs/set-bytes.ts';
import {
  readSynthetic,
  readSyntheticClasses,
  writeSynthetic,
} from '../../../src/learning/codecs/synthetic.ts';
import {imageSize} from '../../../src/learning/data/dataset.ts';
import {repeated} from '../../../src/learning/data/repeated.ts';
import {ipcOf, storedCount, type SyntheticSet} from '../../../src/learning/data/synthetic.ts';
import type {Targets} from '../../../src/learning/data/targets.ts';
import type {Decoder} from '../../../src/learning/decoders/decoder.ts';
import {decodingOf} from '../../../src/learning/decoders/decoding-of.ts';
import {sizeOf} from '../../../src/tensor/shape.ts';
import {TemporaryFolder} from '../../support/rigs/temporary-folder.ts';

const shape = {height: 4, width: 5, channels: 2};
const decoders = {
  idc: {kind: 'idc', factor: 2, multiScale: true, padding: Float32Array.of(0.5, -1)},
  fred: {kind: 'fred', coefficients: 3, masks: Int32Array.of(0, 7, 19, 3, 1, 0)},
} as const satisfies Record<string, Decoder>;

/** Two stored things of each of two classes. */
function setOf(decoder: Decoder, targets?: Targets): SyntheticSet {
  const decoding = decodingOf(decoder, {shape, count: 4});
  const values = Float32Array.from({length: sizeOf(decoding.storedShape)}, (_, i) => Math.sin(i));
  const images = decoding.decodeOnHost(values);
  const count = decoding.sourceIndex.length;
  return {
    name: 'small',
    shape,
    classes: ['apple', 'pear'],
    source: 'abc',
    images,
    stored: {decoder, values},
    labels: repeated(Int32Array.of(0, 0, 1, 1), count),
    count,
    stepSize: 0.1,
    pixels: images.map((value) => value / 2),
    provenance: {},
    ...(targets && {targets: {...targets, values: repeated(targets.values, 2 * count)}}),
  };
}

const rows: Targets = {kind: 'rows', values: Float32Array.of(1, 0, 0.5, 0.5, 0, 1, 0.25, 0.75)};

for (const [name, decoder] of Object.entries<Decoder>(decoders)) {
  for (const [what, targets] of [
    ['classes', undefined],
    ['soft labels', rows],
  ] as const) {
    test(`${name}, ${what}: a set comes back with its decoded images, and stores the rest once`, async () => {
      await using folder = await TemporaryFolder.create();
      const [path, set] = [folder.file('set'), setOf(decoder, targets)];
      await writeSynthetic(path, set);
      assert.deepEqual(await readSynthetic(path), set);
      const {tensors, metadata} = await readSafetensors(path);
      assert.equal(tensors.has('images'), false);
      assert.deepEqual(tensors.get('labels')!.shape, [4]);
      assert.deepEqual(tensors.get('label_rows')?.shape, targets && [4, 2]);
      const ofDecoder = name === 'idc' ? 2 : 6;
      const ofLabels = targets === undefined ? 4 : 8;
      const bytes = 4 * (set.stored!.values.length + ofLabels + ofDecoder);
      assert.equal(await setBytes(path), bytes);
      assert.equal(metadata['stored_bytes'], String(bytes));
      const pixels = 4 * set.count * imageSize(shape);
      assert.ok((await stat(path)).size < bytes + pixels + 3000);
    });
  }
}

test('soft labels that differ between images of one source are all stored', async () => {
  await using folder = await TemporaryFolder.create();
  const set = setOf(decoders.idc);
  const values = Float32Array.from({length: 2 * set.count}, (_, i) => i);
  await writeSynthetic(folder.file('set'), {...set, targets: {kind: 'logits', values}});
  assert.deepEqual((await readSynthetic(folder.file('set'))).targets, {kind: 'logits', values});
});

test('a picture of decoded images has a caption for each', async () => {
  await using folder = await TemporaryFolder.create();
  await writeSynthetic(folder.file('set'), setOf(decoders.idc));
  const {classes, width, height} = await readSyntheticClasses(folder.file('set'));
  assert.deepEqual([width, height, classes.length], [5, 4, 20]);
  assert.deepEqual(classes.slice(2, 6), ['pear', 'pear', 'apple', 'apple']);
});

test('a set counts the images that would take its room', () => {
  const [idc, fred] = [setOf(decoders.idc), setOf(decoders.fred)];
  assert.deepEqual([storedCount(idc), ipcOf(idc)], [4, 2]);
  // Two lists of three of twenty coefficients take less than one image.
  assert.deepEqual([storedCount(fred), ipcOf(fred)], [4, 1]);
});

interface Damage {
  readonly of: Decoder;
  readonly tensors?: Readonly<Record<string, Tensor>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly says: RegExp;
}

const {idc, fred} = decoders;
const masks = (data: Int32Array, extents: readonly number[]): Readonly<Record<string, Tensor>> => ({
  'decoder.masks': {dtype: 'I32', shape: extents, data},
});

for (const [what, {of, says, ...given}] of Object.entries<Damage>({
  'of an unknown kind': {of: idc, metadata: {decoder: '{"kind":"haba"}'}, says: /must be \{kind/},
  'that is null': {of: idc, metadata: {decoder: 'null'}, says: /must be \{kind/},
  'without a factor': {of: idc, metadata: {decoder: '{"kind":"idc"}'}, says: /must be \{kind/},
  'of a factor beyond the image': {
    of: idc,
    metadata: {decoder: '{"kind":"idc","factor":5,"multiScale":false}'},
    says: /larger than 4×5/,
  },
  'of another factor than its pixels': {
    of: idc,
    metadata: {decoder: '{"kind":"idc","factor":4,"multiScale":true}'},
    says: /needs a tensor pixels/,
  },
  'and canvases': {of: idc, metadata: {canvas: '[2,1]'}, says: /both a decoder and canvases/},
  'whose padding is not finite': {
    of: idc,
    tensors: {'decoder.padding': float32Tensor(Float32Array.of(NaN, 0), [2])},
    says: /decoder\.padding.*not finite|not finite.*decoder\.padding|NaN/,
  },
  'whose padding is of other channels': {
    of: idc,
    tensors: {'decoder.padding': float32Tensor(Float32Array.of(0), [1])},
    says: /decoder\.padding of 2/,
  },
  'whose mask has a frequency twice': {
    of: fred,
    tensors: masks(Int32Array.of(0, 7, 19, 3, 1, 3), [2, 3]),
    says: /row 1 of decoder\.masks/,
  },
  'whose mask has a frequency that does not exist': {
    of: fred,
    tensors: masks(Int32Array.of(0, 7, 20, 3, 1, 0), [2, 3]),
    says: /row 0 of decoder\.masks must be different numbers from 0 to 19/,
  },
  'whose masks do not divide the images': {
    of: fred,
    tensors: masks(Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2), [3, 3]),
    says: /a divisor of 4, 3/,
  },
  'of fewer stored numbers': {
    of: fred,
    tensors: {stored: float32Tensor(new Float32Array(8), [8])},
    says: /needs a tensor stored of 24/,
  },
})) {
  test(`a file with a decoder ${what} is refused`, async () => {
    await using folder = await TemporaryFolder.create();
    const path = folder.file('set');
    await writeSynthetic(path, setOf(of));
    const {tensors, metadata} = await readSafetensors(path);
    const damaged = new Map([...tensors, ...Object.entries(given.tensors ?? {})]);
    await writeSafetensors(path, damaged, {...metadata, ...given.metadata});
    await assert.rejects(
      readSynthetic(path),
      (error) => error instanceof CorruptFile && says.test(error.message),
    );
  });
}
