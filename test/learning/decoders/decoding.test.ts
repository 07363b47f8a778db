import assert from 'node:assert/strict';
import {test} from 'node:test';
import {imagesPerClass, roomPerClass, type DecoderForm} from '../../../src/base/decoder-form.ts';
import type {Decoder} from '../../../src/learning/decoders/decoder.ts';
import {decodingOf} from '../../../src/learning/decoders/decoding-of.ts';
import {fredMasks} from '../../../src/learning/decoders/fred.ts';
import {Random} from '../../../src/learning/random.ts';
import {sizeOf} from '../../../src/tensor/shape.ts';
import {dot, programsOf} from '../../reference/decoders.ts';
import {startTestEngine} from '../../support/engines/test-engine.ts';

/** Neither square nor divided by 2, and by 3 on one side only. */
const shape = {height: 6, width: 7, channels: 2};
const padding = Float32Array.of(0.5, -2);
const all = Array.from({length: 42}, (_, i) => i);
const decoders: Readonly<Record<string, Decoder>> = {
  'IDC of factor 2': {kind: 'idc', factor: 2, multiScale: false, padding},
  'IDC of factor 4': {kind: 'idc', factor: 4, multiScale: false, padding},
  'multi-scale IDC': {kind: 'idc', factor: 3, multiScale: true, padding},
  'FreD with two masks': {
    kind: 'fred',
    coefficients: 3,
    masks: Int32Array.of(0, 9, 41, 7, 1, 20),
  },
  'FreD with all coefficients': {
    kind: 'fred',
    coefficients: 42,
    masks: Int32Array.from([...all, ...all.toReversed()]),
  },
};

function normals(seed: number, length: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({length}, () => random.normal());
}

for (const [what, decoder] of Object.entries(decoders)) {
  const decoding = decodingOf(decoder, {shape, count: 4});
  const {storedShape, decodedShape} = decoding;
  const stored = normals(1, sizeOf(storedShape));

  test(`${what}: ⟨dec P, Q⟩ = ⟨P, decᵀQ⟩`, async () => {
    const engine = await startTestEngine();
    const before = engine.memory().tensors;
    const programs = programsOf(engine, decoding);
    const cotangent = normals(2, sizeOf(decodedShape));
    const zero = decoding.decodeOnHost(new Float32Array(stored.length));
    const linear = dot(await programs.decode(stored), cotangent) - dot(zero, cotangent);
    const pulledBack = dot(stored, await programs.transpose(cotangent));
    programs.dispose();
    const scale = Math.hypot(...stored) * Math.hypot(...cotangent);
    assert.ok(Math.abs(linear - pulledBack) < 1e-6 * scale, `${linear} ${pulledBack}`);
    assert.equal(engine.memory().tensors, before);
  });

  test(`${what}: the host decodes what the engine decodes`, async () => {
    const programs = programsOf(await startTestEngine(), decoding);
    const images = await programs.decode(stored);
    programs.dispose();
    const onHost = decoding.decodeOnHost(stored);
    assert.equal(onHost.length, images.length);
    images.forEach((value, i) => assert.ok(Math.abs(value - onHost[i]!) < 5e-6, `${i}`));
  });
}

test('IDC of factor 1 is the identity', async () => {
  const one: Decoder = {kind: 'idc', factor: 1, multiScale: false, padding};
  const decoding = decodingOf(one, {shape, count: 3});
  const images = normals(3, 3 * 84);
  assert.deepEqual(decoding.decodeOnHost(images), images);
  assert.deepEqual(decoding.encode(images), images);
  assert.deepEqual([...decoding.sourceIndex], [0, 1, 2]);
  const programs = programsOf(await startTestEngine(), decoding);
  assert.deepEqual(await programs.decode(images), images);
  programs.dispose();
});

test('FreD with all coefficients is an orthonormal change of basis', () => {
  const decoding = decodingOf(decoders['FreD with all coefficients']!, {shape, count: 4});
  const images = normals(4, 4 * 84);
  const stored = decoding.encode(images);
  assert.ok(Math.abs(Math.hypot(...stored) / Math.hypot(...images) - 1) < 1e-6);
  decoding
    .decodeOnHost(stored)
    .forEach((value, i) => assert.ok(Math.abs(value - images[i]!) < 1e-6));
});

test('images are shrunk into the patches in their order, and come out patch by patch', () => {
  const square = {height: 4, width: 4, channels: 1};
  const decoder: Decoder = {kind: 'idc', factor: 2, multiScale: false, padding};
  const decoding = decodingOf(decoder, {shape: square, count: 2});
  const images = Float32Array.from({length: 8 * 16}, (_, i) => Math.floor(i / 16));
  const stored = decoding.encode(images);
  assert.deepEqual([...stored.subarray(0, 16)], [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
  const decoded = decoding.decodeOnHost(stored);
  const order = Array.from({length: 8}, (_, i) => decoded[16 * i]);
  assert.deepEqual(order, [0, 4, 1, 5, 2, 6, 3, 7]);
  assert.deepEqual([...decoding.sourceIndex], [0, 1, 0, 1, 0, 1, 0, 1]);
  assert.ok(decoded.every((value, i) => value === order[Math.floor(i / 16)]));
});

test('shrinking takes means', () => {
  const decoder: Decoder = {kind: 'idc', factor: 2, multiScale: false, padding};
  const decoding = decodingOf(decoder, {
    shape: {height: 2, width: 2, channels: 1},
    count: 1,
  });
  const images = Float32Array.from({length: 16}, (_, i) => i);
  assert.deepEqual([...decoding.encode(images)], [1.5, 5.5, 9.5, 13.5]);
});

test('a mask has the frequencies that vary most between the images of its group', () => {
  const square = {height: 4, width: 4, channels: 2};
  const every = Int32Array.from({length: 16}, (_, i) => i);
  const whole = decodingOf(
    {kind: 'fred', coefficients: 16, masks: every},
    {shape: square, count: 6},
  );
  // In group 0 frequency 6 varies more than 3, and 9 is large but the same; in group 1 both channels of 5 cancel out.
  const spectra = new Float32Array(6 * 16 * 2);
  const at = (image: number, frequency: number, channel: number): number =>
    (image * 16 + frequency) * 2 + channel;
  for (let image = 0; image < 3; image++) {
    spectra[at(image, 6, 0)] = 5 * image;
    spectra[at(image, 3, 1)] = image;
    spectra[at(image, 9, 0)] = 100;
    for (const channel of [0, 1]) spectra[at(3 + image, 5, channel)] = (channel - 0.5) * image;
    spectra[at(3 + image, 14, 1)] = image;
  }
  const images = whole.decodeOnHost(spectra);
  const masks = fredMasks(images, {groups: 2, coefficients: 2, shape: square});
  assert.deepEqual([...masks.subarray(0, 2)], [6, 3]);
  assert.equal(masks[2], 14);
});

test('of frequencies that vary alike a mask has the lower ones', () => {
  const square = {height: 3, width: 3, channels: 1};
  const masks = fredMasks(new Float32Array(9), {groups: 1, coefficients: 6, shape: square});
  assert.deepEqual([...masks], [0, 1, 3, 2, 4, 6]);
});

for (const [form, expected] of [
  [undefined, {stored: 3, decoded: 3, real: 3}],
  [
    {kind: 'idc', factor: 2},
    {stored: 3, decoded: 12, real: 12},
  ],
  [
    {kind: 'idc', factor: 3, multiScale: true},
    {stored: 3, decoded: 42, real: 27},
  ],
  [
    {kind: 'fred', coefficients: 50},
    {stored: 6, decoded: 6, real: 6},
  ],
  [
    {kind: 'fred', coefficients: 100},
    {stored: 3, decoded: 3, real: 3},
  ],
] as readonly (readonly [DecoderForm | undefined, object])[]) {
  test(`${JSON.stringify(form ?? 'no decoder')}: as much is stored as three images have room for`, () => {
    const counts = imagesPerClass(form, 3, 100);
    assert.deepEqual(counts, expected);
    if (form !== undefined) assert.equal(roomPerClass(form, counts.stored, 100), 3);
  });
}
