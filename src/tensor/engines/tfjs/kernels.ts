import * as tf from '@tensorflow/tfjs-core';
import {pairsOf, traitsOf} from '../../op-traits.ts';
import type {Op, OpKind, OpOf} from '../../op.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import {affineWarp, affineWarpTranspose} from './affine-warp.ts';
import {conv2d, conv2dFilter, conv2dInput} from './convolution.ts';
import {avgPool, avgPoolTranspose, maxPool, maxPoolGather, maxPoolScatter} from './pooling.ts';

/** Computes the result of an operation; the caller's `tf.tidy` disposes intermediate tensors. */
export function execute(op: Op, operands: readonly tf.Tensor[], shape: Shape): tf.Tensor {
  // The kernel at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const kernel = kernels[op.kind] as (call: Call<Op>) => tf.Tensor;
  if (!traitsOf(op.kind).takesPairs) return kernel({op, operands, shape});
  const products = pairsOf(operands).map((pair) => kernel({op, operands: pair, shape}));
  return products.reduce((sum, product) => tf.add(sum, product));
}

interface Call<O> {
  readonly op: O;
  readonly operands: readonly tf.Tensor[];
  /** The shape of the result. */
  readonly shape: Shape;
}

const unary =
  (kernel: (x: tf.Tensor) => tf.Tensor) =>
  ({operands: [x]}: Call<unknown>): tf.Tensor =>
    kernel(x!);
const binary =
  (kernel: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  ({operands: [a, b]}: Call<unknown>): tf.Tensor =>
    kernel(a!, b!);
const images = (kernel: (x: tf.Tensor4D, y: tf.Tensor4D) => tf.Tensor) =>
  binary((a, b) => kernel(a as tf.Tensor4D, b as tf.Tensor4D));

const kernels: {readonly [K in OpKind]: (call: Call<OpOf<K>>) => tf.Tensor} = {
  input: ({op}) => {
    throw new Error(`Input ${op.name} is given, not computed`);
  },
  constant: ({op, shape}) => constant(shape, op.value),
  add: binary(tf.add),
  subtract: binary(tf.sub),
  multiply: binary(tf.mul),
  divide: binary(tf.div),
  exp: unary(tf.exp),
  log: unary(tf.log),
  sqrt: unary(tf.sqrt),
  sigmoid: unary(tf.sigmoid),
  heaviside: unary(tf.step),
  floor: unary(tf.floor),
  softmax: unary(tf.softmax),
  logSumExp: unary((x) => tf.logSumExp(x, -1)),
  sum: ({op, operands: [x]}) => tf.sum(x!, [...op.axes]),
  broadcast: ({operands: [x], shape}) => tf.add(x!, tf.zeros([...shape])),
  reshape: ({operands: [x], shape}) => tf.reshape(x!, [...shape]),
  transpose: ({op, operands: [x]}) => tf.transpose(x!, [...op.order]),
  slice: ({op, operands: [x]}) => tf.slice(x!, [...op.begin], [...op.size]),
  pad: ({op, operands: [x], shape}) =>
    tf.pad(
      x!,
      shape.map((extent, i) => [op.begin[i]!, extent - op.begin[i]! - x!.shape[i]!]),
    ),
  concat: ({op, operands}) => tf.concat([...operands], op.axis),
  matmul: ({op, operands: [a, b]}) => tf.matMul(a!, b!, op.transposeA, op.transposeB),
  gatherRows: binary((x, indices) => tf.gather(x, tf.cast(indices as tf.Tensor1D, 'int32'))),
  scatterRows: ({operands: [v, indices], shape}) => {
    const rows = tf.reshape(v!, [-1, sizeOf(shape.slice(1))]);
    const at = tf.reshape(tf.cast(indices!, 'int32'), [-1, 1]);
    return tf.reshape(tf.scatterND(at, rows, [shape[0]!, rows.shape[1]!]), [...shape]);
  },
  conv2d: ({op, operands: [x, w]}) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, op.window),
  conv2dInput: ({op, operands: [dy, w]}) => conv2dInput(dy as tf.Tensor4D, w as tf.Tensor4D, op),
  conv2dFilter: ({op, operands: [x, dy]}) => conv2dFilter(x as tf.Tensor4D, dy as tf.Tensor4D, op),
  avgPool: ({op, operands: [x]}) => avgPool(x as tf.Tensor4D, op.size),
  avgPoolTranspose: ({op, operands: [dy]}) => avgPoolTranspose(dy as tf.Tensor4D, op),
  maxPool: ({op, operands: [x]}) => maxPool(x as tf.Tensor4D, op.size),
  maxPoolGather: ({op, ...call}) => images((x, v) => maxPoolGather(x, v, op.size))({op, ...call}),
  maxPoolScatter: ({op, ...call}) => images((x, v) => maxPoolScatter(x, v, op.size))({op, ...call}),
  affineWarp: images((x, map) => affineWarp(x, map)),
  affineWarpTranspose: images((v, map) => affineWarpTranspose(v, map)),
};

function constant(shape: Shape, value: number): tf.Tensor {
  return tf.tensor(new Float32Array(sizeOf(shape)).fill(value), [...shape]);
}
