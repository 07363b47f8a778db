/**
 * The step of a student that comes nearest to the expert's target (Automatic Training Trajectories, Liu et al. 2024):
 * n* = argmin over 1 ≤ n ≤ N of ‖θ̂_n − θ*_target‖₁.
 */
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';
import {blockSums} from '../../block-sums.ts';
import {perShape} from '../../per-shape.ts';

/**
 * A function that gives ‖θ̂_n − θ*_target‖₁ of each of the given θ̂_n, over the parameters from number `from` on. It
 * waits for the engine, once. The caller keeps θ̂s.
 */
export type StepDistances = (
  thetas: readonly Tensor[],
  target: Float32Array,
  from: number,
) => Promise<readonly number[]>;

export function createStepDistances(engine: Engine): StepDistances {
  const apart = perShape(engine, apartProgram);
  return async (thetas, numbers, from) => {
    const size = numbers.length;
    const target = engine.upload(numbers, [size]);
    const distances = thetas.map((theta) => apart(size, from).run({theta, target}).distance);
    target.dispose();
    const read = await Promise.all(distances.map((distance) => engine.read(distance)));
    for (const distance of distances) distance.dispose();
    return read.map(([distance]) => distance!);
  };
}

/** n* of the distances of steps 1 … N; of equal ones the later. Steps that diverged are passed over, unless all did. */
export function bestStep(distances: readonly number[]): number {
  const smallest = Math.min(...distances.filter((distance) => !Number.isNaN(distance)));
  const found = distances.lastIndexOf(smallest);
  return found < 0 ? distances.length : found + 1;
}

/** ‖θ − target‖₁ */
function apartProgram(size: number, from: number): Program<'distance', 'theta' | 'target'> {
  const graph = new Graph();
  const [theta, target] = [graph.input('theta', [size]), graph.input('target', [size])];
  const away = ops.slice(ops.subtract(theta, target), [from], [size - from]);
  const sign = ops.subtract(ops.multiply(ops.heaviside(away), 2), 1);
  return program({distance: blockSums(ops.multiply(away, sign))});
}
