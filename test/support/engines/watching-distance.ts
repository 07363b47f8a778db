import type {Distance} from '../../../src/learning/distillation/trajectories/distance.ts';
import type {Engine} from '../../../src/tensor/engine.ts';

/** A distance, and θ̂_N of its last measurement. */
export interface WatchingDistance extends Distance {
  readonly reached: () => Promise<Float32Array>;
}

/** The same distance, which also reads θ̂_N. */
export function watchingDistance(engine: Engine, distance: Distance): WatchingDistance {
  let reached: Promise<Float32Array> | undefined;
  return {
    measure(theta, ends) {
      reached = engine.read(theta);
      return distance.measure(theta, ends);
    },
    reached: () => reached!,
  };
}
