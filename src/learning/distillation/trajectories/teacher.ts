/**
 * Labels of a teacher, as in TESLA (Cui et al. 2023): the probabilities that a network gives to the synthetic images, as
 * they are without augmentation.
 */
import {createJoiner} from '../../batches/part-runs.ts';
import {partSizes, type PartLimits} from '../../batches/parts.ts';
import type {Model} from '../../models/model.ts';
import {perShape} from '../../per-shape.ts';
import {teacherRows} from '../../training/taught-batches.ts';
import type {Engine, Tensor} from '../../../tensor/engine.ts';
import {Graph} from '../../../tensor/graph.ts';
import * as ops from '../../../tensor/ops.ts';
import {program, type Program} from '../../../tensor/program.ts';

export interface Teacher {
  /** softmax(f(X; θ)) [n, classes]. The caller keeps X and owns the result. */
  label(images: Tensor, theta: Float32Array): Tensor;
  dispose(): void;
}

/** A teacher of `count` images, which it sees in parts as a student does. Normalisation uses the statistics of a part. */
export function createTeacher(
  engine: Engine,
  model: Model,
  {count, ...limits}: {readonly count: number} & PartLimits,
): Teacher {
  const compiled = perShape(engine, (length: number) => labelProgram(model, count, length));
  const join = createJoiner(engine);
  let begin = 0;
  const parts = partSizes(count, model, limits).map((length) => {
    const rows = Float32Array.from({length}, () => begin++);
    return engine.upload(rows, [length]);
  });
  return {
    label(images, theta) {
      const network = engine.upload(theta, [theta.length]);
      const pieces = parts.map(
        (rows) => compiled(rows.shape[0]!).run({images, rows, theta: network}).labels,
      );
      network.dispose();
      return join(pieces);
    },
    dispose: () => parts.forEach((rows) => rows.dispose()),
  };
}

function labelProgram(
  model: Model,
  count: number,
  length: number,
): Program<'labels', 'images' | 'rows' | 'theta'> {
  const graph = new Graph();
  const {height, width, channels} = model.input;
  const images = graph.input('images', [count, height, width, channels]);
  const seen = ops.gatherRows(images, graph.input('rows', [length]));
  const thetas = [graph.input('theta', [model.parameterCount])];
  return program({labels: teacherRows(seen, {model, thetas, temperature: 1})});
}
