/** A step of GSAM: SGD towards parameters around which the loss stays low. */
import type {Engine} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Value} from '../../tensor/value.ts';
import {drawnBatches} from '../batches/drawn-batches.ts';
import {perPart} from '../batches/part-runs.ts';
import {statisticsSize, type Model} from '../models/model.ts';
import {perShape} from '../per-shape.ts';
import {
  blend,
  partSums,
  update,
  type DividedTrainStep,
  type SgdOptions,
  type StepOptions,
} from './train-step.ts';

/** How flat minima are sought, in the notation of GSAM. */
export interface Flatness {
  /** ρ: how far from θ the second gradient is taken. */
  readonly rho: number;
  /** α: the weight of the part of the first gradient that is orthogonal to the second. */
  readonly alpha: number;
  /** Whether the distance of a parameter grows with the parameter. */
  readonly adaptive: boolean;
}

/** The sizes of what `partSums` joins. */
interface Sizes {
  readonly parameters: number;
  readonly statistics: number;
}

/**
 * The training step of GSAM, for batches as a whole and in parts. With g = ∇L(θ) and g′ = ∇L(θ + e) of the same batch,
 * g′ − α g⊥ takes the place of the gradient in SGD; g⊥ is the part of g that is orthogonal to g′. Weight decay is added to
 * it, and has no part in e. Totals and running statistics are those of g.
 */
export function createFlatStep(
  engine: Engine,
  model: Model,
  {source = drawnBatches(model), flat, ...options}: StepOptions & {readonly flat: Flatness},
): DividedTrainStep {
  const gradientOf = perPart(engine, source, (graph, seen) => partSums(model, graph, seen));
  const sizes = {parameters: model.parameterCount, statistics: statisticsSize(model)};
  const perturb = perShape(engine, () => perturbProgram(sizes, flat));
  const finish = perShape(engine, () => finishProgram(sizes, {...options, alpha: flat.alpha}));
  return async (state, batch, learningRate) => {
    const {parts = [batch]} = batch;
    const {sums: first} = await gradientOf(parts, {theta: state.theta});
    const {theta} = perturb().run({theta: state.theta, first});
    const {sums: second} = await gradientOf(parts, {theta});
    const result = finish().run({...state, learningRate, first, second});
    for (const tensor of [first, theta, second]) tensor.dispose();
    return result;
  };
}

/** θ + e, where e = ρ θ²⊙g / ‖θ⊙g‖ if it is adaptive, else ρ g / ‖g‖. The norms are over all parameters. */
function perturbProgram(
  {parameters, statistics}: Sizes,
  {rho, adaptive}: Flatness,
): Program<'theta', 'theta' | 'first'> {
  const graph = new Graph();
  const theta = graph.input('theta', [parameters]);
  const first = graph.input('first', [parameters + 2 + statistics]);
  const g = ops.slice(first, [0], [parameters]);
  const scaled = adaptive ? ops.multiply(theta, g) : g;
  const direction = adaptive ? ops.multiply(theta, scaled) : scaled;
  const length = ops.divide(rho, ops.add(ops.sqrt(ops.dot(scaled, scaled)), tiny));
  return program({theta: ops.add(theta, ops.multiply(direction, length))});
}

/** The update, from what both gradients' programs gave. */
function finishProgram(
  {parameters, statistics}: Sizes,
  {alpha, ...options}: SgdOptions & {readonly alpha: number},
):
  | Program<'theta' | 'velocity' | 'totals'>
  | Program<'theta' | 'velocity' | 'totals' | 'statistics'> {
  const graph = new Graph();
  const [theta, velocity] = inputs(graph, ['theta', 'velocity'], parameters);
  const [first, second] = inputs(graph, ['first', 'second'], parameters + 2 + statistics);
  const g = ops.slice(first, [0], [parameters]);
  const perturbed = ops.slice(second, [0], [parameters]);
  const orthogonal = orthogonalPart(g, perturbed);
  const byTheta = ops.subtract(perturbed, ops.multiply(orthogonal, alpha));
  const moved = update(graph, {theta, velocity, byTheta}, options);
  const totals = ops.add(graph.input('totals', [2]), ops.slice(first, [parameters], [2]));
  const outputs = {theta: moved.value, velocity: moved.velocity, totals};
  if (statistics === 0) return program(outputs);
  const measured = ops.slice(first, [parameters + 2], [statistics]);
  return program({...outputs, statistics: blend(graph, measured)});
}

function inputs(
  graph: Graph,
  [one, other]: readonly [string, string],
  size: number,
): readonly [Value, Value] {
  return [graph.input(one, [size]), graph.input(other, [size])];
}

/**
 * The part of g that is orthogonal to g′: g − ⟨g, g′⟩ g′ / ‖g′‖². Both are close to each other, so it is computed from
 * their difference d = g′ − g, in which nothing is rounded away: ⟨d, g′⟩ g′ / ‖g′‖² − d. It is 0 if they are equal.
 */
function orthogonalPart(g: Value, perturbed: Value): Value {
  const difference = ops.subtract(perturbed, g);
  const square = ops.add(ops.dot(perturbed, perturbed), tiny * tiny);
  const along = ops.divide(ops.dot(difference, perturbed), square);
  return ops.subtract(ops.multiply(perturbed, along), difference);
}

/** The official program adds this to norms, so that nothing is divided by zero. */
const tiny = 1e-12;
