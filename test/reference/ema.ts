/** Checks the cases `ema` of `schedule.json`: the running average of pixels. */
import {initialDistillation} from '../../src/learning/distillation/distillation-state.ts';
import {createLearnedUpdater} from '../../src/learning/distillation/learned-update.ts';
import {disposeLearned, uploadLearned} from '../../src/learning/distillation/learned-tensors.ts';
import type {Engine} from '../../src/tensor/engine.ts';
import {sizeOf, type Shape} from '../../src/tensor/shape.ts';
import {deviation, norm, type Deviation} from './deviation.ts';
import {hashFill, type Fill} from './hash-fill.ts';

export interface EmaCase {
  readonly kind: 'ema';
  readonly beta: number;
  readonly shape: Shape;
  /** X before the first update, and after each. */
  readonly pixels: readonly Fill[];
  readonly average: readonly {
    readonly norm: number;
    readonly first: readonly number[];
    readonly dot: number;
  }[];
  readonly probe: Fill;
}

/** Moves X to the pixels of each update, by the gradients that lead there, and looks at X̄ on the way. */
export async function checkEma(
  engine: Engine,
  {beta, shape, pixels, average, probe: fill}: EmaCase,
): Promise<readonly Deviation[]> {
  const [first, ...later] = pixels.map((each) => hashFill(each, sizeOf(shape)));
  const initial = initialDistillation(first!, 0.01, 'raw');
  const rates = {pixelRate: 1, momentum: 0, stepSizeRate: 0, stepSizeForm: 'raw'} as const;
  const options = {...rates, shape, rho: initial.rho, average: beta};
  const update = createLearnedUpdater(engine, options);
  const probe = hashFill(fill, sizeOf(shape));
  let learned = uploadLearned(engine, {...initial, average: first!}, shape);
  const found: Deviation[] = [];
  for (const [k, wanted] of later.entries()) {
    const before = await engine.read(learned.images);
    const away = before.map((value, i) => value - wanted[i]!);
    const loss = engine.upload(Float32Array.of(0), []);
    const images = engine.upload(away, shape);
    const moved = update(learned, {loss, gradients: {images}, numbers: {}});
    await moved.measured;
    for (const tensor of [loss, images]) tensor.dispose();
    disposeLearned(learned);
    learned = moved.learned;
    found.push(...compared(await engine.read(learned.average!), average[k]!, probe));
  }
  disposeLearned(learned);
  return found;
}

function compared(
  average: Float32Array,
  expected: EmaCase['average'][number],
  probe: Float32Array,
): readonly Deviation[] {
  const dot = average.reduce((sum, value, i) => sum + value * probe[i]!, 0);
  return [
    deviation('norm of the average', [norm(average)], [expected.norm], {tolerance: 1e-6}),
    deviation('average', average, expected.first, {tolerance: 1e-6}),
    deviation('average against the probe', [dot], [expected.dot], {
      tolerance: 1e-6,
      scale: norm(average) * norm(probe),
    }),
  ];
}
