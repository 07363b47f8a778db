/**
 * The program of an update of all that is learned, X, ℓ and α: SGD with momentum, as PyTorch defines it, on gradients
 * that are limited to a norm.
 */
import {Graph} from '../../tensor/graph.ts';
import type {Value} from '../../tensor/value.ts';
import * as ops from '../../tensor/ops.ts';
import {program, type Program} from '../../tensor/program.ts';
import type {Shape} from '../../tensor/shape.ts';
import {sgd} from '../training/sgd.ts';
import {stepSizeForm, type StepSizeForm} from './step-size.ts';

export interface UpdateOptions {
  /** The shape of X. */
  readonly shape: Shape;
  /** η_x */
  readonly pixelRate: number;
  /** η_α; 0 keeps α constant. */
  readonly stepSizeRate: number;
  readonly stepSizeForm: StepSizeForm;
  /** Momentum of the optimisers of X and α. */
  readonly momentum: number;
  /** η_y, and the momentum of the optimiser of ℓ; of no effect if no labels are learned. */
  readonly labels?: LabelUpdate | undefined;
  /** Upper limit of ‖∂L/∂X‖: a larger gradient is scaled down to it. */
  readonly maxPixelGradient?: number | undefined;
  /** Upper limit of |∂L/∂α|, likewise. */
  readonly maxStepSizeGradient?: number | undefined;
  /** τ: an iteration with a larger loss changes nothing, velocities included. Absent: every iteration counts. */
  readonly maxLoss?: number | undefined;
  /** β of X̄ ← βX̄ + (1 − β)X after each update; of no effect if X is not averaged. */
  readonly average?: number | undefined;
  /** ρ at the beginning. */
  readonly rho: number;
}

export interface LabelUpdate {
  readonly rate: number;
  readonly momentum: number;
  /** Rows of ℓ. Default: one for each image of X. */
  readonly count?: number;
}

/** The differences between the programs of one distillation. */
export interface UpdateForm {
  /** Whether the loss depends on α. */
  readonly byStepSize: boolean;
  /** The length of a row of ℓ; 0: no labels are learned. */
  readonly classes: number;
  /** Whether X is averaged. */
  readonly averages: boolean;
  /** The number of measurements of the objective. */
  readonly others: number;
}

/** The names of the numbers of `measured`, in their order, without the objective's. */
export function measuredNames({byStepSize, classes}: UpdateForm): readonly string[] {
  return [
    'loss',
    'gradientSquare',
    'movedSquare',
    'beforeSquare',
    'afterSquare',
    'stepSize',
    'rhoShift',
    'rhoVelocity',
    ...(byStepSize ? ['stepSizeGradient'] : []),
    ...(classes > 0 ? ['labelGradientSquare', 'labelSquare'] : []),
  ];
}

/** The name of an input that an objective's measurement is. */
export function otherName(place: number): string {
  return `other${place}`;
}

/** Its inputs and outputs are those of `LearnedTensors`; inputs are also the gradients and the measurements. */
export function updateProgram(options: UpdateOptions, form: UpdateForm): Program {
  const graph = new Graph();
  const loss = graph.input('loss', []);
  const counts = options.maxLoss === undefined ? undefined : isAtMost(loss, options.maxLoss);
  const given = {options, form, counts};
  const pixels = movedImages(graph, given);
  const alpha = movedStepSize(graph, given);
  const labels = movedLabels(graph, given);
  const numbers: Readonly<Record<string, Value>> = {
    loss,
    ...pixels.measured,
    ...alpha.moved,
    ...alpha.measured,
    ...labels.measured,
  };
  const measured = [
    ...measuredNames(form).map((name) => numbers[name]!),
    ...Array.from({length: form.others}, (_, i) => graph.input(otherName(i), [])),
  ].map((x) => ops.reshape(x, [1])) as [Value, ...Value[]];
  return program({
    ...pixels.moved,
    ...alpha.moved,
    ...labels.moved,
    measured: ops.concat(measured, 0),
  });
}

/** The inputs of an update. */
interface Given {
  readonly options: UpdateOptions;
  readonly form: UpdateForm;
  /** 1 if the iteration counts, 0 if its loss is too large; absent: it counts. */
  readonly counts: Value | undefined;
}

/** A value after the update, or the one before if the iteration does not count. */
function chosen(after: Value, before: Value, {counts}: Given): Value {
  if (counts === undefined) return after;
  const stays = ops.multiply(before, ops.subtract(1, counts));
  return ops.add(ops.multiply(after, counts), stays);
}

/** Values after the update by the names of their tensors, and what is measured of it. */
interface Moved {
  readonly moved: Readonly<Record<string, Value>>;
  readonly measured: Readonly<Record<string, Value>>;
}

function movedImages(graph: Graph, given: Given): Moved {
  const {shape, pixelRate, momentum, maxPixelGradient} = given.options;
  const [images, velocity, gradient] = inputs(
    graph,
    ['images', 'imageVelocity', 'imageGradient'],
    shape,
  );
  const gradientSquare = squareOf(gradient);
  const limited = ops.multiply(gradient, limit(ops.sqrt(gradientSquare), maxPixelGradient));
  const moved = sgd({value: images, velocity, gradient: limited}, {momentum, rate: pixelRate});
  const after = chosen(moved.value, images, given);
  const step = given.counts === undefined ? moved.step : ops.multiply(moved.step, given.counts);
  return {
    moved: {
      images: after,
      imageVelocity: chosen(moved.velocity, velocity, given),
      ...averaged(graph, after, given),
    },
    measured: {
      gradientSquare,
      movedSquare: squareOf(step),
      beforeSquare: squareOf(images),
      afterSquare: squareOf(after),
    },
  };
}

/** X̄ after the update. */
function averaged(graph: Graph, images: Value, given: Given): Readonly<Record<string, Value>> {
  if (!given.form.averages) return {};
  const beta = given.options.average!;
  const average = graph.input('average', images.shape);
  const next = ops.add(ops.multiply(average, beta), ops.multiply(images, 1 - beta));
  return {average: chosen(next, average, given)};
}

/** α and its optimiser after the update: dL/dρ = dL/dα · dα/dρ. Without a gradient or a rate they stay. */
function movedStepSize(graph: Graph, given: Given): Moved {
  const {momentum, stepSizeRate, maxStepSizeGradient, rho: start, ...options} = given.options;
  const [stepSize, shift, velocity] = inputs(graph, ['stepSize', 'rhoShift', 'rhoVelocity'], []);
  const measured = given.form.byStepSize
    ? {stepSizeGradient: graph.input('stepSizeGradient', [])}
    : {};
  const {stepSizeGradient: gradient} = measured;
  if (gradient === undefined || stepSizeRate === 0) {
    return {moved: {stepSize, rhoShift: shift, rhoVelocity: velocity}, measured};
  }
  const form = stepSizeForm[options.stepSizeForm];
  const size = ops.sqrt(ops.multiply(gradient, gradient));
  const limited = ops.multiply(gradient, limit(size, maxStepSizeGradient));
  const byRho = ops.multiply(limited, form.slope(ops.add(shift, start)));
  const of = {value: shift, velocity, gradient: byRho};
  const moved = sgd(of, {momentum, rate: stepSizeRate});
  return {
    moved: {
      stepSize: chosen(form.alpha(ops.add(moved.value, start)), stepSize, given),
      rhoShift: chosen(moved.value, shift, given),
      rhoVelocity: chosen(moved.velocity, velocity, given),
    },
    measured,
  };
}

function movedLabels(graph: Graph, given: Given): Moved {
  const {shape, labels: options} = given.options;
  const {classes} = given.form;
  if (classes === 0) return {moved: {}, measured: {}};
  const [value, velocity, gradient] = inputs(
    graph,
    ['labels', 'labelVelocity', 'labelGradient'],
    [options?.count ?? shape[0]!, classes],
  );
  const moved = sgd({value, velocity, gradient}, options!);
  const labels = chosen(moved.value, value, given);
  return {
    moved: {labels, labelVelocity: chosen(moved.velocity, velocity, given)},
    measured: {labelGradientSquare: squareOf(gradient), labelSquare: squareOf(labels)},
  };
}

function inputs(
  graph: Graph,
  names: readonly [string, string, string],
  shape: Shape,
): [Value, Value, Value] {
  return names.map((name) => graph.input(name, shape)) as [Value, Value, Value];
}

/** 1 if a number is at most `limit`, otherwise 0. */
function isAtMost(number: Value, limit: number): Value {
  return ops.subtract(1, ops.heaviside(ops.subtract(number, limit)));
}

function squareOf(x: Value): Value {
  return ops.dot(x, x);
}

/** The factor that scales a gradient of this norm down to at most `max`: max / (max + what the norm exceeds it by). */
function limit(norm: Value, max?: number): Value | number {
  if (max === undefined) return 1;
  const above = ops.subtract(norm, max);
  const excess = ops.multiply(above, ops.heaviside(above));
  return ops.divide(max, ops.add(excess, max));
}
