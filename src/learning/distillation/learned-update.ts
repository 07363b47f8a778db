/**
 * The update of all that is learned, X and α, by one program: SGD with momentum, as PyTorch defines it, on gradients
 * that are limited to a norm.
 */
import type {Engine, Tensor} from '../../tensor/engine.ts';
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Shape} from '../../tensor/shape.ts';
import {perShape} from '../per-shape.ts';
import {sgd} from '../training/sgd.ts';
import type {DistillationState} from './distillation-state.ts';
import type {Evaluation} from './objective.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';

/** X, α and their optimisers, on the engine: see `DistillationState`. Scalars are []. */
export type LearnedTensors = Readonly<Record<LearnedName, Tensor>>;

const learnedNames = ['images', 'imageVelocity', 'stepSize', 'rhoShift', 'rhoVelocity'] as const;
type LearnedName = (typeof learnedNames)[number];

export interface UpdateOptions {
  /** The shape of X. */
  readonly shape: Shape;
  /** η_x */
  readonly pixelRate: number;
  /** η_α; 0 keeps α constant. */
  readonly stepSizeRate: number;
  readonly stepSizeForm: StepSizeForm;
  /** Momentum of both optimisers. */
  readonly momentum: number;
  /** Upper limit of ‖∂L/∂X‖: a larger gradient is scaled down to it. */
  readonly maxPixelGradient?: number | undefined;
  /** Upper limit of |∂L/∂α|, likewise. */
  readonly maxStepSizeGradient?: number | undefined;
  /** ρ at the beginning. */
  readonly rho: number;
}

/** The numbers of an update. */
export interface Measured {
  readonly loss: number;
  /** ‖∂L/∂X‖² before the limit is applied */
  readonly gradientSquare: number;
  /** ‖change of X‖² */
  readonly movedSquare: number;
  /** ‖X‖² before and after the update */
  readonly beforeSquare: number;
  readonly afterSquare: number;
  /** After the update. */
  readonly stepSize: number;
  readonly rhoShift: number;
  readonly rhoVelocity: number;
  /** ∂L/∂α before the limit is applied; absent if the loss does not depend on α. */
  readonly stepSizeGradient?: number;
  /** The objective's own measurements. */
  readonly others: Readonly<Record<string, number>>;
}

/** An update that is under way: the new state, whose tensors the caller owns, and the numbers once they are there. */
export interface Update {
  readonly learned: LearnedTensors;
  readonly measured: Promise<Measured>;
}

/** Moves X and α down their gradients. The caller keeps all arguments. */
export type LearnedUpdater = (learned: LearnedTensors, evaluation: Evaluation) => Update;

export function createLearnedUpdater(engine: Engine, options: UpdateOptions): LearnedUpdater {
  const compiled = perShape(engine, (stepSizeGradients: number, others: number) =>
    updateProgram(options, {hasStepSizeGradient: stepSizeGradients > 0, others}),
  );
  return (learned, {loss, gradients, numbers}) => {
    const {images: imageGradient, stepSize: stepSizeGradient} = gradients;
    const others = Object.entries(numbers).filter(isOnEngine);
    const ofStepSize = stepSizeGradient === undefined ? {} : {stepSizeGradient};
    const {measured, ...moved} = compiled(Object.keys(ofStepSize).length, others.length).run({
      ...learned,
      loss,
      imageGradient,
      ...ofStepSize,
      ...Object.fromEntries(others.map(([, tensor], i) => [otherName(i), tensor])),
    });
    const names = [...measuredNames, ...Object.keys(ofStepSize)];
    const read = readMeasured(engine, measured, {names, others: others.map(([name]) => name)});
    return {learned: moved, measured: read};
  };
}

function isOnEngine(entry: [string, number | Tensor]): entry is [string, Tensor] {
  return typeof entry[1] !== 'number';
}

/** The name of an input that an objective's measurement is. */
function otherName(place: number): string {
  return `other${place}`;
}

/** Begins to read the numbers at once, before anything else is asked of the engine, and frees the tensor afterwards. */
async function readMeasured(
  engine: Engine,
  measured: Tensor,
  {names, others}: Readonly<Record<'names' | 'others', readonly string[]>>,
): Promise<Measured> {
  try {
    const numbers = await engine.read(measured);
    const named = (all: readonly string[], from: number): Record<string, number> =>
      Object.fromEntries(all.map((name, i) => [name, numbers[from + i]!]));
    return {...named(names, 0), others: named(others, names.length)} as Measured;
  } finally {
    measured.dispose();
  }
}

/** The numbers that every update measures, in their order. */
const measuredNames = [
  'loss',
  'gradientSquare',
  'movedSquare',
  'beforeSquare',
  'afterSquare',
  'stepSize',
  'rhoShift',
  'rhoVelocity',
] as const satisfies readonly (keyof Measured)[];

/** X and α of a state, on the engine. */
export function uploadLearned(
  engine: Engine,
  state: DistillationState,
  shape: Shape,
): LearnedTensors {
  const scalar = (value: number): Tensor => engine.upload(Float32Array.of(value), []);
  return {
    images: engine.upload(state.images, shape),
    imageVelocity: engine.upload(state.imageVelocity, shape),
    stepSize: scalar(state.stepSize),
    rhoShift: scalar(state.rhoShift),
    rhoVelocity: scalar(state.rhoVelocity),
  };
}

export function disposeLearned(learned: LearnedTensors): void {
  for (const name of learnedNames) learned[name].dispose();
}

/** @param others the number of measurements of the objective */
function updateProgram(
  options: UpdateOptions,
  {hasStepSizeGradient, others}: {hasStepSizeGradient: boolean; others: number},
): Program<LearnedName | 'measured', LearnedName | 'loss' | 'imageGradient'> {
  const {shape, pixelRate, momentum, maxPixelGradient} = options;
  const graph = new Graph();
  const [images, velocity, gradient] = ['images', 'imageVelocity', 'imageGradient'].map((name) =>
    graph.input(name, shape),
  ) as [Value, Value, Value];
  const square = ops.dot(gradient, gradient);
  const limited = ops.multiply(gradient, limit(ops.sqrt(square), maxPixelGradient));
  const moved = sgd({value: images, velocity, gradient: limited}, {momentum, rate: pixelRate});
  const byAlpha = hasStepSizeGradient ? [graph.input('stepSizeGradient', [])] : [];
  const alpha = movedStepSize(graph, options, byAlpha[0]);
  const measured = [
    graph.input('loss', []),
    square,
    ...[moved.step, images, moved.value].map((x) => ops.dot(x, x)),
    alpha.stepSize,
    alpha.rhoShift,
    alpha.rhoVelocity,
    ...byAlpha,
    ...Array.from({length: others}, (_, i) => graph.input(otherName(i), [])),
  ].map((x) => ops.reshape(x, [1])) as [Value, ...Value[]];
  return program({
    images: moved.value,
    imageVelocity: moved.velocity,
    ...alpha,
    measured: ops.concat(measured, 0),
  });
}

/** α and its optimiser after the update: dL/dρ = dL/dα · dα/dρ. Without a gradient or a rate they stay. */
function movedStepSize(
  graph: Graph,
  {momentum, stepSizeRate, maxStepSizeGradient, rho: start, ...options}: UpdateOptions,
  gradient: Value | undefined,
): Readonly<Record<'stepSize' | 'rhoShift' | 'rhoVelocity', Value>> {
  const [stepSize, shift, velocity] = ['stepSize', 'rhoShift', 'rhoVelocity'].map((name) =>
    graph.input(name, []),
  ) as [Value, Value, Value];
  if (gradient === undefined || stepSizeRate === 0) {
    return {stepSize, rhoShift: shift, rhoVelocity: velocity};
  }
  const form = stepSizeForm[options.stepSizeForm];
  const size = ops.sqrt(ops.multiply(gradient, gradient));
  const limited = ops.multiply(gradient, limit(size, maxStepSizeGradient));
  const byRho = ops.multiply(limited, form.slope(ops.add(shift, start)));
  const of = {value: shift, velocity, gradient: byRho};
  const moved = sgd(of, {momentum, rate: stepSizeRate});
  return {
    stepSize: form.alpha(ops.add(moved.value, start)),
    rhoShift: moved.value,
    rhoVelocity: moved.velocity,
  };
}

/** The factor that scales a gradient of this norm down to at most `max`: max / (max + what the norm exceeds it by). */
function limit(norm: Value, max?: number): Value | number {
  if (max === undefined) return 1;
  const above = ops.subtract(norm, max);
  const excess = ops.multiply(above, ops.heaviside(above));
  return ops.divide(max, ops.add(excess, max));
}
