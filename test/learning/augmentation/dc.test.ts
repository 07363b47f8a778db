import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {
  applyDc,
  drawDc,
  parseTrainingStrategy,
  type DcDraw,
  type DcStrategy,
} from '../../../src/learning/augmentation/dc.ts';
import {Random} from '../../../src/learning/random.ts';
import {deviation} from '../../reference/deviation.ts';
import {channelsFirst, channelsLast, hashFill, type Fill} from '../../reference/hash-fill.ts';
import {repositoryFile} from '../../support/texts/repository.ts';

interface DcCase {
  readonly op: 'rotate' | 'scale';
  readonly shape: readonly [number, number, number];
  readonly input: Fill;
  readonly degrees: number;
  readonly height: number;
  readonly width: number;
  readonly output: readonly number[];
}

const {cases} = JSON.parse(
  readFileSync(repositoryFile('test/fixtures/reference/dc-augmentation.json'), 'utf8'),
) as {readonly cases: readonly DcCase[]};

for (const [i, {op, shape, input, output, ...draw}] of cases.entries()) {
  test(`dc-augmentation.json ${i}: ${op} agrees with the reference`, () => {
    const [channels, height, width] = shape;
    const layout = [1, channels, height, width] as const;
    const image = channelsLast(hashFill(input, channels * height * width), layout);
    applyDc(image, [{kind: op, ...draw}], {height, width, channels});
    const found = deviation(op, channelsFirst(image, layout), output, {tolerance: 1e-6});
    assert.ok(found.error < found.tolerance, String(found.error));
  });
}

const grey = {height: 3, width: 3, channels: 1};

test('pixels that a crop brings in have the mean of the batch, channel by channel', () => {
  const shape = {height: 2, width: 2, channels: 2};
  // Channel 0 has 1, 2, 3, 4 and 5, 6, 7, 8. Channel 1 has their negatives.
  const images = Float32Array.from(
    {length: 16},
    (_, i) => (Math.floor(i / 2) + 1) * (i % 2 ? -1 : 1),
  );
  const draws: readonly DcDraw[] = [
    {kind: 'crop', rows: 0, columns: 1},
    {kind: 'crop', rows: -1, columns: 0},
  ];
  applyDc(images, draws, shape);
  assert.deepEqual(
    images,
    Float32Array.of(2, -2, 4.5, -4.5, 4, -4, 4.5, -4.5, 4.5, -4.5, 4.5, -4.5, 5, -5, 6, -6),
  );
});

test('noise is added to its own image only', () => {
  const images = new Float32Array(18).fill(1);
  const noise = Float32Array.from({length: 9}, (_, i) => i);
  const still: DcDraw = {kind: 'rotate', degrees: 0};
  applyDc(images, [still, {kind: 'noise', noise}], grey);
  assert.deepEqual(Array.from(images.subarray(9)), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const pixel of images.subarray(0, 9)) assert.ok(Math.abs(pixel - 1) < 1e-6);
});

test('draws stay within the ranges of the official program and reach their ends', () => {
  const shape = {height: 32, width: 32, channels: 1};
  const strategy = parseTrainingStrategy('dc:crop_scale_rotate_noise') as DcStrategy;
  const [offsets, extents, angles] = [new Set<number>(), new Set<number>(), new Set<number>()];
  let squares = 0;
  const kinds = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    const draw = drawDc(strategy, new Random(1, i), shape);
    kinds.set(draw.kind, (kinds.get(draw.kind) ?? 0) + 1);
    if (draw.kind === 'crop') offsets.add(draw.rows).add(draw.columns);
    if (draw.kind === 'rotate') angles.add(draw.degrees);
    if (draw.kind === 'scale') {
      extents.add(draw.height).add(draw.width);
      if (draw.height === draw.width) squares++;
    }
  }
  const sorted = (set: Set<number>): number[] => [...set].sort((a, b) => a - b);
  assert.deepEqual(sorted(offsets), [-4, -3, -2, -1, 0, 1, 2, 3]);
  assert.deepEqual(
    sorted(extents),
    Array.from({length: 14}, (_, i) => 25 + i),
  );
  assert.deepEqual([sorted(angles)[0], sorted(angles).at(-1)], [-45, 44]);
  for (const count of kinds.values()) assert.ok(count > 850 && count < 1150, String(count));
  assert.ok(squares < 150, 'height and width are drawn apart');
});

test('strategies of both pipelines are read, and an unknown operation is named', () => {
  assert.deepEqual(parseTrainingStrategy('dc:crop_noise'), {
    pipeline: 'dc',
    names: ['crop', 'noise'],
  });
  const dsa = {pipeline: 'dsa', names: ['flip', 'crop'], mode: 'M', siamese: true};
  assert.deepEqual(parseTrainingStrategy('flip_crop', 'M', true), dsa);
  assert.throws(() => parseTrainingStrategy('dc:flip'), /DC is called flip; known: crop, scale/);
});
