/**
 * The derivative of every operation, as programs: given the cotangent of a result, the cotangents of its operands.
 * An operand without an entry does not influence the result differentiably.
 */
import type {Value} from './value.ts';
import type {Op, OpKind, OpOf} from './op.ts';
import {pairsOf, traitsOf} from './op-traits.ts';
import {
  avgPool,
  broadcast,
  conv2d,
  divide,
  matmul,
  multiply,
  pad,
  reshape,
  slice,
  softmax,
  subtract,
  sumKeep,
  sumTo,
  transpose,
} from './ops.ts';

/** @param dy the cotangent of `y`, of its shape */
type Rule<K extends OpKind> = (y: Value, dy: Value, op: OpOf<K>) => readonly (Value | undefined)[];

/** The cotangents of y's operands, in order. */
export function pullBack(y: Value, dy: Value): readonly (Value | undefined)[] {
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = rules[y.op.kind] as (y: Value, dy: Value, op: Op) => readonly (Value | undefined)[];
  if (!traitsOf(y.op.kind).takesPairs) return rule(y, dy, y.op);
  return pairsOf(y.operands).flatMap((operands) => rule({...y, operands}, dy, y.op));
}

const none = (): readonly undefined[] => [];

const rules: {readonly [K in OpKind]: Rule<K>} = {
  input: none,
  constant: none,
  // ∂(a + b) = ∂a + ∂b, and so on; a broadcast operand collects the sum over what it was repeated along.
  add: onBoth((_a, _b, dy) => [dy, dy]),
  subtract: onBoth((_a, _b, dy) => [dy, multiply(dy, -1)]),
  multiply: onBoth((a, b, dy) => [multiply(dy, b), multiply(dy, a)]),
  divide: onBoth((a, b, dy) => [
    divide(dy, b),
    multiply(divide(multiply(dy, a), multiply(b, b)), -1),
  ]),
  exp: (y, dy) => [multiply(dy, y)],
  log: ({operands: [x]}, dy) => [divide(dy, x!)],
  sqrt: (y, dy) => [divide(multiply(dy, 0.5), y)],
  // σ′ = σ(1 − σ)
  sigmoid: (y, dy) => [multiply(dy, multiply(y, subtract(1, y)))],
  heaviside: none,
  floor: none,
  // ∂softmax = s ∘ (dy − ⟨dy, s⟩)
  softmax: (y, dy) => [multiply(y, subtract(dy, sumKeep(multiply(dy, y), [y.shape.length - 1])))],
  logSumExp: ({operands: [x]}, dy) => [multiply(reshape(dy, [...dy.shape, 1]), softmax(x!))],
  sum({operands: [x]}, dy, {axes}) {
    const kept = x!.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    return [broadcast(reshape(dy, kept), x!.shape)];
  },
  broadcast: ({operands: [x]}, dy) => [sumTo(dy, x!.shape)],
  reshape: ({operands: [x]}, dy) => [reshape(dy, x!.shape)],
  transpose(_, dy, {order}) {
    const inverse = order.map((_axis, i) => order.indexOf(i));
    return [transpose(dy, inverse)];
  },
  slice: ({operands: [x]}, dy, {begin}) => [pad(dy, begin, x!.shape)],
  pad: ({operands: [x]}, dy, {begin}) => [slice(dy, begin, x!.shape)],
  concat({operands}, dy, {axis}) {
    let offset = 0;
    return operands.map((part) => {
      const begin = part.shape.map((_, i) => (i === axis ? offset : 0));
      offset += part.shape[axis]!;
      return slice(dy, begin, part.shape);
    });
  },
  matmul({operands: [a, b]}, dy, {transposeA, transposeB}) {
    const da = transposeA
      ? matmul(b!, dy, {transposeA: transposeB, transposeB: true})
      : matmul(dy, b!, {transposeB: !transposeB});
    const db = transposeB
      ? matmul(dy, a!, {transposeA: true, transposeB: transposeA})
      : matmul(a!, dy, {transposeA: !transposeA});
    return [da, db];
  },
  gatherRows: ({graph, operands: [x, indices]}, dy) => [
    graph.apply({kind: 'scatterRows', rows: x!.shape[0]!}, [dy, indices!]),
  ],
  scatterRows: ({graph, operands: [, indices]}, dy) => [
    graph.apply({kind: 'gatherRows'}, [dy, indices!]),
  ],
  // ⟨conv2d(x, w), z⟩ is linear in each of x, w and z, so the three convolutions are each other's derivatives.
  conv2d: ({graph, operands: [x, w]}, dy, {window}) => [
    graph.apply({kind: 'conv2dInput', window, shape: x!.shape}, [dy, w!]),
    graph.apply({kind: 'conv2dFilter', window, shape: w!.shape}, [x!, dy]),
  ],
  conv2dInput: ({graph, operands: [z, w]}, dx, {window}) => [
    conv2d(dx, w!, window),
    graph.apply({kind: 'conv2dFilter', window, shape: w!.shape}, [dx, z!]),
  ],
  conv2dFilter: ({graph, operands: [x, z]}, dw, {window}) => [
    graph.apply({kind: 'conv2dInput', window, shape: x!.shape}, [z!, dw]),
    conv2d(x!, dw, window),
  ],
  avgPool: ({graph, operands: [x]}, dy, {size}) => [
    graph.apply({kind: 'avgPoolTranspose', size, shape: x!.shape}, [dy]),
  ],
  avgPoolTranspose: (_, dx, {size}) => [avgPool(dx, size)],
  maxPool: ({graph, operands: [x]}, dy, {size}) => [
    graph.apply({kind: 'maxPoolScatter', size}, [x!, dy]),
  ],
  // Which pixel is largest does not change under a small change of x.
  maxPoolGather: ({graph, operands: [x]}, dy, {size}) => [
    undefined,
    graph.apply({kind: 'maxPoolScatter', size}, [x!, dy]),
  ],
  maxPoolScatter: ({graph, operands: [x]}, dv, {size}) => [
    undefined,
    graph.apply({kind: 'maxPoolGather', size}, [x!, dv]),
  ],
  affineWarp: ({graph, operands: [, map]}, dy) => [
    graph.apply({kind: 'affineWarpTranspose'}, [dy, map!]),
  ],
  affineWarpTranspose: ({graph, operands: [, map]}, dx) => [
    graph.apply({kind: 'affineWarp'}, [dx, map!]),
  ],
};

/** A rule for an operation that broadcasts two operands. */
function onBoth(
  partials: (a: Value, b: Value, dy: Value) => readonly [Value, Value],
): (y: Value, dy: Value) => readonly Value[] {
  return ({operands: [a, b]}, dy) => {
    const [da, db] = partials(a!, b!, dy);
    return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
  };
}
