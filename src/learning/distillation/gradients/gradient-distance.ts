/**
 * The distance D of two gradients of a network, a of the synthetic and b of the real images, and its derivative v = ∂D/∂a
 * (Zhao, Mopuri and Bilen 2021).
 *
 * ours:  Σ over the rows of all tensors of 1 − ⟨a,b⟩ / (‖a‖‖b‖ + ε). A row has the weights of one output; tensors of one
 *        axis, such as biases, have none.
 * mse:   ‖a − b‖² of the whole gradients
 * cos:   1 − ⟨a,b⟩ / (‖a‖‖b‖ + ε) of the whole gradients
 */
import type {Value} from '../../../tensor/value.ts';
import * as ops from '../../../tensor/ops.ts';
import {Graph} from '../../../tensor/graph.ts';
import {program, type Program} from '../../../tensor/program.ts';
import {sizeOf, type Shape} from '../../../tensor/shape.ts';
import {blockSums} from '../../block-sums.ts';
import {joinParams, splitParams, type Model} from '../../models/model.ts';

export const gradientDistances = ['ours', 'mse', 'cos'] as const;
export type GradientDistance = (typeof gradientDistances)[number];

/** ε of the authors' program. */
const epsilon = 1e-6;

/** The share of parameters in a distance, and v in their shape. */
export interface DistanceTerm {
  /** [] */
  readonly distance: Value;
  readonly slope: Value;
}

/**
 * A program that adds the distance of two gradients to a sum.
 *
 * Inputs: `synthetic` a and `real` b [D], `sofar` []. Outputs: `loss` [], `slope` v [D].
 */
export function comparisonProgram(
  model: Model,
  kind: GradientDistance,
): Program<'loss' | 'slope', 'synthetic' | 'real' | 'sofar'> {
  const graph = new Graph();
  const [a, b] = ['synthetic', 'real'].map((name) =>
    splitParams(model, graph.input(name, [model.parameterCount])),
  ) as [readonly Value[], readonly Value[]];
  const terms = a.map((part, i) => ({a: part, b: b[i]!}));
  const measured = kind === 'cos' ? [wholeCosine(terms)] : terms.map(termOf[kind]);
  const loss = measured.reduce(
    (sum, {distance}) => ops.add(sum, distance),
    graph.input('sofar', []),
  );
  return program({loss, slope: joinParams(measured.map(({slope}) => slope))});
}

/** The gradients of the same parameters. */
interface Pair {
  readonly a: Value;
  readonly b: Value;
}

/** The terms of the distances that are sums over tensors. */
export const termOf: Readonly<Record<'ours' | 'mse', (pair: Pair) => DistanceTerm>> = {
  ours({a, b}) {
    const {shape, graph} = a;
    if (shape.length === 1) return {distance: graph.constant(0), slope: graph.constant(0, shape)};
    return cosineOfRows({a, b}, [shape[0]!, sizeOf(shape) / shape[0]!]);
  },
  mse({a, b}) {
    const away = ops.subtract(a, b);
    const squares = ops.reshape(ops.multiply(away, away), [sizeOf(away.shape)]);
    return {distance: blockSums(squares), slope: ops.multiply(away, 2)};
  },
};

function wholeCosine(pairs: readonly Pair[]): DistanceTerm {
  const [a, b] = [joinParams(pairs.map((pair) => pair.a)), joinParams(pairs.map((pair) => pair.b))];
  return cosineOfRows({a, b}, [1, sizeOf(a.shape)]);
}

/**
 * Σ 1 − ⟨a,b⟩ / n with n = ‖a‖‖b‖ + ε, over the rows of matrices. v = −b/n + ⟨a,b⟩ ‖b‖ a / (‖a‖ n²); 0 for a row of
 * zeros, which a dead unit has.
 */
function cosineOfRows({a, b}: Pair, matrix: Shape): DistanceTerm {
  const [x, y] = [ops.reshape(a, matrix), ops.reshape(b, matrix)];
  const product = (u: Value, v: Value): Value =>
    ops.reshape(blockSums(ops.multiply(u, v)), [matrix[0]!, 1]);
  const [ofX, ofY] = [ops.sqrt(product(x, x)), ops.sqrt(product(y, y))];
  const scale = ops.add(ops.multiply(ofX, ofY), epsilon);
  const cosine = ops.divide(product(x, y), scale);
  const lives = ops.heaviside(ofX);
  const direction = ops.divide(x, ops.add(ofX, ops.subtract(1, lives)));
  const shrinking = ops.multiply(direction, ops.divide(ops.multiply(cosine, ofY), scale));
  const slope = ops.multiply(lives, ops.subtract(shrinking, ops.divide(y, scale)));
  return {
    distance: ops.sum(ops.subtract(1, cosine)),
    slope: ops.reshape(slope, a.shape),
  };
}
