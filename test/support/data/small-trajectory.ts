import type {Trajectory} from '../../../src/learning/data/trajectory.ts';

/** A trajectory of 5 parameters and 3 snapshots: snapshot t of expert k holds 100 k + 10 t + i. */
export function smallTrajectory(seed: number): Trajectory {
  return {
    model: 'ConvNet',
    layout: [
      {name: 'conv.weight', shape: [2, 2]},
      {name: 'conv.bias', shape: [1]},
    ],
    source: 'abc',
    settings: {learningRate: 0.01, batch: 16, augmentation: 'none', shuffle: true},
    seed,
    snapshots: [0, 1, 2].map((epoch) =>
      Float32Array.from({length: 5}, (_, i) => 100 * seed + 10 * epoch + i),
    ),
    history: {
      trainLoss: [1.5, NaN],
      trainAccuracy: [0.25, 0.5],
      testLoss: [1.75, 1.25],
      testAccuracy: [0.125, 0.375],
    },
  };
}
