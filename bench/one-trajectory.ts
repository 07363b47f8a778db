import {parseStrategy} from '../src/learning/augmentation/strategy.ts';
import {noCanvas} from '../src/learning/data/canvas.ts';
import type {Objective} from '../src/learning/distillation/objective.ts';
import {trajectoryObjective} from '../src/learning/distillation/trajectories/trajectory-objective.ts';
import type {Model} from '../src/learning/models/model.ts';
import type {Engine} from '../src/tensor/engine.ts';
import {hashFill} from './hash-fill.ts';
import {filledTheta} from './workload.ts';

/** The objective of following one made-up expert for one epoch, with DSA: each step sees all synthetic images. */
export function followingOneExpert(
  engine: Engine,
  model: Model,
  of: {
    readonly steps: number;
    /** |b| */
    readonly batch: number;
    readonly partImages?: number | undefined;
    readonly seed: number;
  },
): Objective {
  const start = filledTheta(model);
  const moved = hashFill(2000, 1e-3, start.length);
  const target = start.map((value, i) => value + moved[i]!);
  return trajectoryObjective(engine, {
    ...of,
    model,
    labels: Int32Array.from({length: of.batch}, (_, i) => i % model.classes),
    remainder: 'drop',
    canvas: noCanvas,
    strategy: parseStrategy('color_crop_cutout_flip_scale_rotate'),
    trajectories: {
      shards: [1],
      snapshot: (_, epoch) => Promise.resolve(epoch === 0 ? start : target),
    },
    expertEpochs: 1,
    maxStartEpoch: 1,
    sampling: {kind: 'with-replacement'},
    gradient: 'exact',
  });
}
