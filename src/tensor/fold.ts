import type {Op, OpKind, OpOf} from './op.ts';
import {sameShape, type Shape} from './shape.ts';
import type {Builder, Value} from './value.ts';

/**
 * Gives an existing or simpler value that equals the operation's, or `undefined` where there is nothing to simplify.
 *
 * A rule never looks past an operand: a value could then vanish from a result, and the gradient with respect to it
 * would be zero.
 */
export function fold(
  graph: Builder,
  op: Op,
  operands: readonly Value[],
  shape: Shape,
): Value | undefined {
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = rules[op.kind] as Rule<OpKind> | undefined;
  return rule?.({graph, op, operands, shape});
}

type Rule<K extends OpKind> = (application: {
  readonly graph: Builder;
  readonly op: OpOf<K>;
  readonly operands: readonly Value[];
  readonly shape: Shape;
}) => Value | undefined;

const ifSameShape = ({
  operands: [a],
  shape,
}: {
  readonly operands: readonly Value[];
  readonly shape: Shape;
}): Value | undefined => (sameShape(a!.shape, shape) ? a : undefined);

const rules: {readonly [K in OpKind]?: Rule<K>} = {
  add: ({operands: [a, b], shape}) =>
    isConstant(a!, 0) ? stretch(b!, shape) : isConstant(b!, 0) ? stretch(a!, shape) : undefined,
  subtract: ({operands: [a, b], shape}) => (isConstant(b!, 0) ? stretch(a!, shape) : undefined),
  multiply: ({graph, operands: [a, b], shape}) => foldMultiply(graph, a!, b!, shape),
  divide: ({operands: [a, b], shape}) => (isConstant(b!, 1) ? stretch(a!, shape) : undefined),
  broadcast: ({graph, operands: [a], shape}) =>
    a!.op.kind === 'constant'
      ? graph.constant(a!.op.value, shape)
      : sameShape(a!.shape, shape)
        ? a
        : undefined,
  reshape: ({graph, operands: [a], shape}) => foldReshape(graph, a!, shape),
  transpose: ({op, operands: [a]}) => (op.order.every((axis, i) => axis === i) ? a : undefined),
  sum: ({op, operands: [a]}) => (op.axes.length === 0 ? a : undefined),
  slice: ifSameShape,
  pad: ifSameShape,
  concat: ({operands}) => (operands.length === 1 ? operands[0] : undefined),
};

function foldMultiply(graph: Builder, a: Value, b: Value, shape: Shape): Value | undefined {
  if (a.op.kind === 'constant' && b.op.kind === 'constant') {
    return graph.constant(a.op.value * b.op.value, shape);
  }
  if (isConstant(a, 0) || isConstant(b, 0)) return graph.constant(0, shape);
  if (isConstant(a, 1)) return stretch(b, shape);
  if (isConstant(b, 1)) return stretch(a, shape);
  // The constant becomes the second operand, so that c·x and x·c are one value.
  return isScalar(a) && !isScalar(b) ? graph.apply({kind: 'multiply'}, [b, a]) : undefined;
}

function foldReshape(graph: Builder, a: Value, shape: Shape): Value | undefined {
  if (sameShape(a.shape, shape)) return a;
  return a.op.kind === 'constant' ? graph.constant(a.op.value, shape) : undefined;
}

function stretch(x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : x.graph.apply({kind: 'broadcast', shape}, [x]);
}

function isConstant(x: Value, value: number): boolean {
  return x.op.kind === 'constant' && x.op.value === value;
}

function isScalar(x: Value): boolean {
  return x.op.kind === 'constant' && x.shape.length === 0;
}
