/** The programs that the learning library compiles, for counting what an engine makes of them. */
import {layoutOf, rowLength} from '../../../src/learning/batches/drawn-batches.ts';
import {thirdOf} from '../../../src/learning/batches/packed-bytes.ts';
import type {Architecture} from '../../../src/learning/models/architecture.ts';
import {createModel} from '../../../src/learning/models/catalog.ts';
import {fitModel, type Model} from '../../../src/learning/models/model.ts';
import {createStudent} from '../../../src/learning/distillation/trajectories/student.ts';
import {createTrainStep} from '../../../src/learning/training/train-step.ts';
import type {Engine, Executable, Tensor} from '../../../src/tensor/engine.ts';
import type {Program} from '../../../src/tensor/program.ts';

export interface Sizes {
  /** Height and width of the images. */
  readonly size: number;
  readonly channels: number;
  readonly batch: number;
}

/**
 * The programs of a student: a step of training, and its backward pass.
 * @param network of the catalogue, by name, or any other
 */
export function studentPrograms(
  network: string | Architecture,
  {batch, ...images}: Sizes,
): readonly [step: Program, back: Program] {
  const {engine, programs} = recordingEngine();
  const student = createStudent(engine, modelOf(network, images));
  const tensor = tensorOf([batch]);
  const given = {images: tensor, targets: tensor};
  student.step(tensor, given, tensor);
  student.back(tensor, given, tensor, tensor);
  return programs as unknown as readonly [Program, Program];
}

/**
 * The program of a step of an expert's training, with momentum and weight decay, on batches of 1,000 images, which are
 * floats or packed bytes.
 */
export function trainingProgram(
  network: string,
  {size, channels, batch}: Sizes,
  form: 'floats' | 'packed' = 'floats',
): Program {
  const {engine, programs} = recordingEngine();
  const input = {height: size, width: size, channels};
  const model = createModel(network, {input, classes: 10});
  const step = createTrainStep(engine, model, {momentum: 0.9, weightDecay: 5e-4});
  const tensor = tensorOf([batch]);
  const picked = {kind: 'images', numbers: [new Int32Array(batch)]} as const;
  const count = 1000;
  const stored =
    form === 'floats'
      ? {images: tensorOf([count, size, size, channels])}
      : {
          images: tensorOf([thirdOf(count), size, size, channels]),
          table: tensorOf([256 * channels]),
        };
  const drawn = {
    layout: layoutOf(picked, [], rowLength(model, {pick: 'images', count: batch, drawn: 0})),
    ...stored,
    labels: tensorOf([count, 1]),
    row: tensor,
  };
  step({theta: tensor, velocity: tensor, totals: tensor}, drawn, tensor);
  return programs[0]!;
}

function modelOf(network: string | Architecture, {size, channels}: Omit<Sizes, 'batch'>): Model {
  const shape = {input: {height: size, width: size, channels}, classes: 10};
  return typeof network === 'string'
    ? createModel(network, shape)
    : fitModel('small', network({channels, classes: 10}), shape);
}

/** An engine that only keeps what it is to compile. */
function recordingEngine(): {readonly engine: Engine; readonly programs: readonly Program[]} {
  const programs: Program[] = [];
  const engine = {
    compile(program: Program): Executable {
      programs.push(program);
      return {run: () => ({})};
    },
  } as unknown as Engine;
  return {engine, programs};
}

function tensorOf(shape: readonly number[]): Tensor {
  return {shape, dispose: () => undefined};
}
