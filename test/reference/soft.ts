/**
 * Checks `soft.json`: complete outer iterations with soft labels, the softmax of logits, and the gradient by those
 * logits. A case whose steps see all images is also computed in parts.
 */
import assert from 'node:assert/strict';
import {labelLogits} from '../../src/learning/distillation/label-logits.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {hashFill, type Fill} from './hash-fill.ts';
import {unroll, unrolledDeviations, type Unrolled, type SteppedCase} from './unrolled.ts';

interface SoftCase extends SteppedCase {
  readonly labelLogits: Fill & {readonly shape: readonly [number, number]};
  readonly labelGrad: {readonly norm: number; readonly values: readonly (readonly number[])[]};
}

export async function checkSoft(
  engine: Engine,
  reference: SoftCase,
): Promise<readonly Deviation[]> {
  const whole = await unrollSoft(engine, reference);
  const compared = [...unrolledDeviations(reference, whole), ...byLabels(reference, whole)];
  const [count] = reference.labelLogits.shape;
  if (reference.chunks.some((chunk) => chunk.length < count)) return compared;
  // Five parts, of which two have an image more than the others.
  const partPixels = Math.floor((count / 5) * reference.size ** 2);
  const divided = await unrollSoft(engine, reference, partPixels);
  assert.notDeepEqual(divided, whole, 'the parts are computed one by one');
  return [...compared, ...equality(divided, whole)];
}

interface SoftNumbers extends Unrolled {
  /** ∂L/∂ℓ */
  readonly byLogits: Float32Array;
}

async function unrollSoft(
  engine: Engine,
  reference: SoftCase,
  partPixels?: number,
): Promise<SoftNumbers> {
  const {shape} = reference.labelLogits;
  const [count, width] = shape;
  const softened = labelLogits(engine);
  const logits = engine.upload(hashFill(reference.labelLogits, count * width), shape);
  const rows = softened.soften(logits);
  const targets = await engine.read(rows);
  rows.dispose();
  const classes = Int32Array.from({length: count}, (_, i) => Math.floor(i / reference.ipc));
  const labels = {classes, targets, ...(partPixels !== undefined && {partPixels})};
  const unrolled = await unroll(engine, reference, labels);
  const byTargets = engine.upload(unrolled.targetGradient!, shape);
  const pulled = softened.pullBack(logits, byTargets);
  const byLogits = await engine.read(pulled);
  for (const tensor of [logits, byTargets, pulled]) tensor.dispose();
  return {...unrolled, byLogits};
}

function byLabels(
  {labelGrad, labelLogits: {shape}}: SoftCase,
  {byLogits, tolerance}: SoftNumbers,
): readonly Deviation[] {
  const [count, width] = shape;
  const sums = Array.from({length: count}, (_, i) =>
    byLogits.subarray(i * width, (i + 1) * width).reduce((sum, value) => sum + value, 0),
  );
  const expected = labelGrad.values.flat();
  const scale = Math.max(...expected.map(Math.abs));
  return [
    deviation('norm of label gradient', [norm(byLogits)], [labelGrad.norm], {tolerance}),
    deviation('label gradient', byLogits, expected, {tolerance}),
    deviation(
      'sums of label gradients',
      sums,
      sums.map(() => 0),
      {tolerance: 1e-5, scale},
    ),
  ];
}

/** Compares an iteration whose batches were computed in parts with that of whole ones. */
function equality(divided: SoftNumbers, whole: SoftNumbers): readonly Deviation[] {
  const same = (what: string, of: (numbers: SoftNumbers) => ArrayLike<number>): Deviation =>
    deviation(`${what} in parts`, of(divided), of(whole), {tolerance: 1e-6});
  return [
    same('matching loss', ({loss}) => [loss]),
    same('losses of the steps', ({stepLosses}) => stepLosses),
    same('image gradient', ({gradient}) => gradient),
    same('label gradient', ({byLogits}) => byLogits),
    deviation(
      'gradient of the step size in parts',
      [divided.alphaGradient],
      [whole.alphaGradient],
      {
        // A sum that cancels: a student that does not move has loss 1.
        tolerance: 1e-6,
        scale: 1,
      },
    ),
  ];
}
