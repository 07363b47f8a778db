import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  comparisonProgram,
  gradientDistances,
  type GradientDistance,
} from '../../../../src/learning/distillation/gradients/gradient-distance.ts';
import {Random} from '../../../../src/learning/random.ts';
import {sizeOf} from '../../../../src/tensor/shape.ts';
import {tinyModel} from '../../../support/data/tiny-problem.ts';
import {run64} from '../../../support/engines/float64.ts';

const model = tinyModel();
const epsilon = 1e-6;

function compared(
  kind: GradientDistance,
  synthetic: Float64Array,
  real: Float64Array,
  sofar = 0,
): {readonly loss: number; readonly slope: Float64Array} {
  const inputs = {synthetic, real, sofar: Float64Array.of(sofar)};
  const {loss, slope} = run64(comparisonProgram(model, kind), inputs);
  return {loss: loss[0]!, slope};
}

function drawn(name: string): Float64Array {
  const random = new Random(3, name);
  return Float64Array.from({length: model.parameterCount}, () => random.normal());
}

const [a, b] = [drawn('a'), drawn('b')];

/** The rows of all tensors with more than one axis. */
const rows = model.params.flatMap(({shape}, i) => {
  if (shape.length === 1) return [];
  const from = model.params.slice(0, i).reduce((sum, param) => sum + sizeOf(param.shape), 0);
  const length = sizeOf(shape) / shape[0]!;
  return Array.from({length: shape[0]!}, (_, row) => ({
    begin: from + row * length,
    end: from + (row + 1) * length,
  }));
});

const square = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0);

const near = (found: number, expected: number, within = 1e-12): void =>
  assert.ok(Math.abs(found - expected) <= within * Math.abs(expected), `${found} ≠ ${expected}`);

test('equal gradients are as far apart as ε makes them, row by row', () => {
  const expected = rows.map(({begin, end}) => epsilon / (square(a.slice(begin, end)) + epsilon));
  near(
    compared('ours', a, a).loss,
    expected.reduce((x, y) => x + y),
    1e-8,
  );
  assert.ok(compared('ours', a, a).loss < 1e-4);
});

test('orthogonal rows count 1 each, and so do rows of zeros, whose derivative is 0', () => {
  const turned = a.slice();
  for (const {begin, end} of rows) {
    // Swaps neighbours, and one sign: the product with the row is 0.
    turned.fill(0, begin, end);
    turned[begin] = a[begin + 1]!;
    turned[begin + 1] = -a[begin]!;
  }
  near(compared('ours', a, turned).loss, rows.length);
  const dead = a.slice();
  const {begin, end} = rows[2]!;
  dead.fill(0, begin, end);
  const {loss, slope} = compared('ours', dead, a);
  near(loss, 1, 1e-4);
  assert.ok(slope.subarray(begin, end).every((value) => value === 0));
  assert.ok(slope.every(Number.isFinite));
});

test('the length of a gradient changes nothing, and parameters of one axis neither', () => {
  const scaled = a.map((value) => 3 * value);
  near(compared('ours', scaled, b).loss, compared('ours', a, b).loss, 1e-6);
  const inRows = new Set(
    rows.flatMap(({begin, end}) => Array.from({length: end - begin}, (_, i) => begin + i)),
  );
  const others = a.map((value, i) => (inRows.has(i) ? value : 100));
  assert.equal(compared('ours', others, b).loss, compared('ours', a, b).loss);
  assert.notEqual(compared('mse', others, b).loss, compared('mse', a, b).loss);
});

test('mse and cos are those of the whole gradients', () => {
  near(compared('mse', a, b).loss, square(a.map((value, i) => value - b[i]!)));
  const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  near(compared('cos', a, b).loss, 1 - dot / (Math.sqrt(square(a) * square(b)) + epsilon));
});

for (const kind of gradientDistances) {
  test(`${kind}: v is the derivative, and the distance is added to a sum`, () => {
    const {loss, slope} = compared(kind, a, b);
    near(compared(kind, a, b, 5).loss, loss + 5);
    const direction = drawn('direction');
    const moved = (by: number): Float64Array => a.map((value, i) => value + by * direction[i]!);
    const [more, less] = [1e-5, -1e-5].map((by) => compared(kind, moved(by), b).loss);
    const expected = slope.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    near((more! - less!) / 2e-5, expected, 1e-7);
  });
}
