import type {Engine, Tensor} from '../../tensor/engine.ts';
import * as ops from '../../tensor/ops.ts';
import type {Value} from '../../tensor/value.ts';
import type {BatchSource} from '../batches/batch-source.ts';
import {drawnBatches, type DrawnBatch, type DrawnValues} from '../batches/drawn-batches.ts';
import {splitParams, type Model} from '../models/model.ts';

/** A teacher: networks of one kind, whose mean logits say what another network should answer. */
export interface TeacherNetworks {
  /** Without batch normalisation, whose running statistics are not there. */
  readonly model: Model;
  /** The parameters of each network [D]; at least one. */
  readonly thetas: readonly Float32Array[];
  /** The mean logits are divided by it. */
  readonly temperature: number;
}

/** A teacher on the engine; the caller owns the tensors. */
export type TeacherTensors = Omit<TeacherNetworks, 'thetas'> & {readonly thetas: readonly Tensor[]};

export function uploadTeacher(
  engine: Engine,
  {thetas, ...teacher}: TeacherNetworks,
): TeacherTensors {
  return {...teacher, thetas: thetas.map((theta) => engine.upload(theta, [theta.length]))};
}

/** The probabilities that a teacher gives to images, within a program [n, classes]: softmax(mean logits / temperature). */
export function teacherRows(
  images: Value,
  {
    model,
    thetas,
    temperature,
  }: Omit<TeacherNetworks, 'thetas'> & {readonly thetas: readonly Value[]},
): Value {
  const logits = thetas.map((theta) => model.apply(splitParams(model, theta), images).logits);
  const sum = logits.reduce((all, each) => ops.add(all, each));
  const divisor = thetas.length * temperature;
  return ops.softmax(divisor === 1 ? sum : ops.divide(sum, divisor));
}

/** Drawn batches whose targets are a teacher's answers to the images as the network sees them, augmented. */
export function taughtBatches(
  model: Model,
  {thetas, ...teacher}: TeacherTensors,
): BatchSource<DrawnBatch, DrawnValues> {
  const drawn = drawnBatches(model);
  const named = Object.fromEntries(thetas.map((theta, i) => [`teacher${i}`, theta]));
  return {
    ...drawn,
    build(graph, batch) {
      const seen = drawn.build(graph, batch);
      const networks = Object.entries(named).map(([name, {shape}]) => graph.input(name, shape));
      return {...seen, targets: teacherRows(seen.images, {...teacher, thetas: networks})};
    },
    inputsOf: (batch) => ({...drawn.inputsOf(batch), ...named}),
  };
}
