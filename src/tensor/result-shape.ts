import type {Op, OpKind, OpOf} from './op.ts';
import {traitsOf} from './op-traits.ts';
import {broadcastShapes, formatShape, sameShape, ShapeError, sizeOf, type Shape} from './shape.ts';

/** The shape of an operation's result for operands of these shapes. Throws a `ShapeError` if they do not fit. */
export function resultShape(op: Op, operands: readonly Shape[]): Shape {
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = rules[op.kind] as (op: Op, operands: readonly Shape[]) => Shape | undefined;
  const shape = rule(op, operands);
  const arePairs = !traitsOf(op.kind).takesPairs || areEqualPairs(operands);
  if (shape === undefined || !arePairs) {
    const given = operands.map(formatShape).join(', ');
    throw new ShapeError(`${JSON.stringify(op)} does not fit operands of shape ${given}`);
  }
  return shape;
}

/** Whether all pairs of operands have the same shapes as the first pair. */
function areEqualPairs(operands: readonly Shape[]): boolean {
  return operands.length % 2 === 0 && operands.every((one, i) => sameShape(one, operands[i % 2]!));
}

/** Gives the shape, or `undefined` if the operands do not fit. */
type Rule<K extends OpKind> = (op: OpOf<K>, operands: readonly Shape[]) => Shape | undefined;

const declared = (op: {readonly shape: Shape}): Shape => op.shape;
const broadcast = (_: unknown, [a, b]: readonly Shape[]): Shape => broadcastShapes(a!, b!);
const unchanged = (_: unknown, [a]: readonly Shape[]): Shape => a!;
const pooled = ({size}: {readonly size: number}, [a]: readonly Shape[]): Shape | undefined => {
  const [n, h, w, c] = a!;
  return a!.length === 4 && h! >= size && w! >= size
    ? [n!, Math.floor(h! / size), Math.floor(w! / size), c!]
    : undefined;
};
const warped = (_: unknown, [a, map]: readonly Shape[]): Shape | undefined =>
  a!.length === 4 && sameShape(map!, [a![0]!, 6]) ? a! : undefined;

const rules: {readonly [K in OpKind]: Rule<K>} = {
  input: declared,
  constant: declared,
  add: broadcast,
  subtract: broadcast,
  multiply: broadcast,
  divide: broadcast,
  exp: unchanged,
  log: unchanged,
  sqrt: unchanged,
  sigmoid: unchanged,
  heaviside: unchanged,
  floor: unchanged,
  softmax: unchanged,
  logSumExp: (_, [a]) => a!.slice(0, -1),
  sum: ({axes}, [a]) => a!.filter((_, axis) => !axes.includes(axis)),
  broadcast: ({shape}, [a]) => (sameShape(broadcastShapes(a!, shape), shape) ? shape : undefined),
  reshape: ({shape}, [a]) => (sizeOf(a!) === sizeOf(shape) ? shape : undefined),
  transpose: ({order}, [a]) =>
    a!.every((_, axis) => order.includes(axis)) ? order.map((axis) => a![axis]!) : undefined,
  slice: ({begin, size}, [a]) =>
    a!.every((extent, i) => begin[i]! >= 0 && begin[i]! + size[i]! <= extent) ? size : undefined,
  pad: ({begin, shape}, [a]) =>
    a!.every((extent, i) => begin[i]! >= 0 && begin[i]! + extent <= shape[i]!) ? shape : undefined,
  concat: ({axis}, parts) =>
    parts[0]!.map((extent, i) =>
      i === axis ? parts.reduce((sum, p) => sum + p[axis]!, 0) : extent,
    ),
  matmul({transposeA, transposeB}, [a, b]) {
    if (a!.length !== 2 || b!.length !== 2) return undefined;
    const [m, k] = transposeA ? a!.toReversed() : a!;
    const [l, n] = transposeB ? b!.toReversed() : b!;
    return k === l ? [m!, n!] : undefined;
  },
  gatherRows: (_, [a, indices]) =>
    indices!.length === 1 ? [indices![0]!, ...a!.slice(1)] : undefined,
  scatterRows: ({rows}, [v, indices]) =>
    sameShape(indices!, [v![0]!]) ? [rows, ...v!.slice(1)] : undefined,
  conv2d({window: {stride, pad}}, [images, filter]) {
    const [n, h, w, c] = images!;
    const [kh, kw, inputs, outputs] = filter!;
    if (images!.length !== 4 || filter!.length !== 4 || c !== inputs) return undefined;
    const extent = (size: number, k: number): number =>
      Math.floor((size + 2 * pad - k) / stride) + 1;
    return [n!, extent(h!, kh!), extent(w!, kw!), outputs!];
  },
  conv2dInput: declared,
  conv2dFilter: declared,
  avgPool: pooled,
  avgPoolTranspose: declared,
  maxPool: pooled,
  maxPoolGather: pooled,
  maxPoolScatter: unchanged,
  affineWarp: warped,
  affineWarpTranspose: warped,
};

/** Every kind of operation there is. */
export const opKinds = Object.keys(rules) as readonly OpKind[];
