/** Where a student ends that trains on images from an expert's epoch on, without any derivative of that training. */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {disposeRows, drawnBatches} from '../../batches/drawn-batches.ts';
import type {Random} from '../../random.ts';
import {createDividedStudent} from '../trajectories/divided-student.ts';
import type {ExpertSegment} from '../trajectories/distance.ts';
import {unrollSteps, type StepOptions} from '../trajectories/unrolled-steps.ts';

/** The end of a student, in units of the expert's displacement ‖θ*_{t+M} − θ*_t‖. */
export interface Reach {
  /** L = ‖θ̂_N − θ*_{t+M}‖² / ‖θ*_{t+M} − θ*_t‖²; infinite if θ̂_N is not finite. */
  readonly loss: number;
  /** ‖θ̂_N − θ*_t‖ / ‖θ*_{t+M} − θ*_t‖; infinite if θ̂_N is not finite. */
  readonly reach: number;
}

export interface ReachMeter {
  /**
   * Trains a student from `ends.start` on.
   *
   * @param images X, which stays the caller's
   * @param random the same stream gives the same batches and augmentations
   */
  measure(
    images: Tensor,
    of: {readonly ends: ExpertSegment; readonly stepSize: number; readonly random: Random},
  ): Promise<Reach>;
  dispose(): void;
}

/** Students are those of `trajectoryObjective` with the same options. */
export function createReachMeter(engine: Engine, options: StepOptions): ReachMeter {
  const student = createDividedStudent(engine, options.model, 'exact', drawnBatches(options.model));
  const unrolled = unrollSteps(engine, options);
  return {
    async measure(images, {ends, stepSize, random}) {
      const batches = unrolled.draw(images, random);
      const alpha = engine.upload(Float32Array.of(stepSize), []);
      let theta = engine.upload(ends.start, [ends.start.length]);
      for (const batch of batches) {
        const next = await student.step(theta, batch, alpha);
        for (const tensor of [theta, next.loss]) tensor.dispose();
        theta = next.theta;
      }
      const reached = await engine.read(theta);
      for (const tensor of [theta, alpha]) tensor.dispose();
      batches.forEach(disposeRows);
      return reachOf(reached, ends);
    },
    dispose: () => unrolled.dispose(),
  };
}

function reachOf(reached: Float32Array, {start, target}: ExpertSegment): Reach {
  const whole = squaredDistance(start, target);
  const loss = squaredDistance(reached, target) / whole;
  const reach = Math.sqrt(squaredDistance(reached, start) / whole);
  return Number.isFinite(loss) ? {loss, reach} : {loss: Infinity, reach: Infinity};
}

/** ‖a − b‖², summed in float64. */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

/** ‖a‖, summed in float64. */
export function normOf(a: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0));
}
