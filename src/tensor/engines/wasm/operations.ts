/** Operations that are not elementwise, as commands. */
import type {Op, OpKind, OpOf} from '../../op.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import {
  command,
  copyCommand,
  fillCommand,
  matrixProduct,
  stridesOf,
  type Buffer,
  type Command,
} from './command.ts';
import {convolve, convolveFilter, convolveInput} from './convolution.ts';
import type {Convolution, Sink} from './trilinear.ts';
import type {ElementwiseKind} from './elementwise.ts';

/** An operation with what it is given. */
export interface Call<O> {
  readonly op: O;
  readonly given: readonly Buffer[];
  readonly shapes: readonly Shape[];
  /** Of the result. */
  readonly shape: Shape;
  readonly to: Buffer;
  readonly sink: Sink;
}

type Rule<O> = (call: Call<O>) => void;

/** Emits the commands of an operation that is not elementwise. */
export function lowerOperation(call: Call<Op>): void {
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = (rules as unknown as Readonly<Record<string, Rule<Op>>>)[call.op.kind];
  if (rule === undefined) throw new Error(`No kernel for ${call.op.kind}`);
  rule(call);
}

type NodeKind = Exclude<OpKind, ElementwiseKind | 'input' | 'constant' | 'reshape' | 'sum'>;

type Extents = Convolution['images'];

const rules: {readonly [K in NodeKind]: Rule<OpOf<K>>} = {
  transpose: ({op, given: [from], shapes: [shape], shape: result, to, sink}) => {
    const own = stridesOf(shape!);
    const strides = op.order.map((axis) => own[axis]!);
    sink.emit(
      copyCommand(result, {buffer: from!, strides}, {buffer: to, strides: stridesOf(result)}),
    );
  },
  slice: ({op, given: [from], shapes: [shape], to, sink}) => {
    const strides = stridesOf(shape!);
    const offset = offsetOf(op.begin, strides);
    sink.emit(
      copyCommand(
        op.size,
        {buffer: from!, offset, strides},
        {buffer: to, strides: stridesOf(op.size)},
      ),
    );
  },
  pad: ({op, given: [from], shapes: [shape], to, sink}) => {
    sink.emit(fillCommand(to, 0));
    const strides = stridesOf(op.shape);
    const offset = offsetOf(op.begin, strides);
    const source = {buffer: from!, strides: stridesOf(shape!)};
    sink.emit(copyCommand(shape!, source, {buffer: to, offset, strides}));
  },
  concat: ({op, given, shapes, shape: result, to, sink}) => {
    const strides = stridesOf(result);
    let offset = 0;
    for (const [i, from] of given.entries()) {
      const shape = shapes[i]!;
      const source = {buffer: from, strides: stridesOf(shape)};
      const isThere = from.within?.buffer === to && from.within.offset === offset;
      if (!isThere) sink.emit(copyCommand(shape, source, {buffer: to, offset, strides}));
      offset += shape[op.axis]! * strides[op.axis]!;
    }
  },
  matmul: ({op, given: [a, b], shapes: [left, right], shape: [m, n], to, sink}) => {
    const k = op.transposeA ? left![0]! : left![1]!;
    if (k === 0) {
      sink.emit(fillCommand(to, 0));
      return;
    }
    const way = (transposed: boolean, columns: number): {row: number; column: number} =>
      transposed ? {row: 1, column: columns} : {row: columns, column: 1};
    sink.emit(
      matrixProduct({
        m: m!,
        n: n!,
        k,
        a: {buffer: a!, ...way(op.transposeA, left![1]!)},
        b: {buffer: b!, ...way(op.transposeB, right![1]!)},
        to: {buffer: to, row: n!},
      }),
    );
  },
  gatherRows: ({given: [x, indices], shapes: [whole], shape, to, sink}) => {
    const args = [x!, indices!, shape[0]!, sizeOf(shape.slice(1)), to, whole![0]!];
    sink.emit(command('gatherRows', args, {reads: [x!, indices!], writes: [to]}));
  },
  scatterRows: ({op, given: [v, indices], shapes: [shape], to, sink}) => {
    const args = [v!, indices!, shape![0]!, sizeOf(shape!.slice(1)), to, op.rows];
    sink.emit(command('scatterRows', args, {reads: [v!, indices!], writes: [to]}));
  },
  softmax: overLastAxis('softmax'),
  logSumExp: overLastAxis('logSumExp'),
  conv2d: ({op, given: [x, w], shapes: [images, filter], shape: result, to, sink}) =>
    convolve(convolution(op, images, filter, result), [x!, w!, to], sink),
  conv2dInput: ({op, given: [z, w], shapes: [result, filter], shape: images, to, sink}) =>
    convolveInput(convolution(op, images, filter, result), [z!, w!, to], sink),
  conv2dFilter: ({op, given: [x, z], shapes: [images, result], shape: filter, to, sink}) =>
    convolveFilter(convolution(op, images, filter, result), [x!, z!, to], sink),
  avgPool: ({op, given: [x], shapes: [large], shape: small, to, sink}) =>
    sink.emit(pool('avgPool', {op, large, small}, [x!, to], {reads: [x!], writes: [to]})),
  avgPoolSpread: ({op, given: [v], shapes: [small], shape: large, to, sink}) =>
    sink.emit(pool('avgPoolSpread', {op, large, small}, [to, v!], {reads: [v!], writes: [to]})),
  maxPool: ({op, given: [x], shapes: [large], shape: small, to, sink}) =>
    sink.emit(pool('maxPool', {op, large, small}, [x!, to], {reads: [x!], writes: [to]})),
  maxPoolGather: ({op, given: [x, v], shapes: [large], shape: small, to, sink}) =>
    sink.emit(
      pool('maxPoolGather', {op, large, small}, [x!, to, v!], {reads: [x!, v!], writes: [to]}),
    ),
  maxPoolScatter: ({op, given: [x, v], shapes: [large, small], to, sink}) =>
    sink.emit(
      pool('maxPoolScatter', {op, large, small}, [x!, v!, to], {reads: [x!, v!], writes: [to]}),
    ),
  affineWarp: warp('affineWarp'),
  affineWarpTranspose: warp('affineWarpTranspose'),
};

/** Where a block begins, in numbers. */
export function offsetOf(begin: readonly number[], strides: readonly number[]): number {
  return begin.reduce((offset, start, axis) => offset + start * strides[axis]!, 0);
}

function overLastAxis(name: 'softmax' | 'logSumExp'): Rule<unknown> {
  return ({given: [x], shapes: [shape], to, sink}) => {
    const columns = shape!.at(-1)!;
    const args = [x!, sizeOf(shape!) / columns, columns, to];
    sink.emit(command(name, args, {reads: [x!], writes: [to]}));
  };
}

function warp(name: 'affineWarp' | 'affineWarpTranspose'): Rule<unknown> {
  return ({given: [x, map], shape, to, sink}) => {
    const args = [x!, ...shape, map!, to];
    sink.emit(command(name, args, {reads: [x!, map!], writes: [to]}));
  };
}

function convolution(
  {window}: {readonly window: Convolution['window']},
  ...shapes: readonly (Shape | undefined)[]
): Convolution {
  const [images, filter, result] = shapes as readonly Shape[] as [Extents, Extents, Extents];
  return {window, images, filter, result};
}

function pool(
  name: 'avgPool' | 'avgPoolSpread' | 'maxPool' | 'maxPoolGather' | 'maxPoolScatter',
  sizes: {op: {size: number}; large: Shape | undefined; small: Shape | undefined},
  [large, small, third]: readonly [Buffer, Buffer, Buffer?],
  access: {readonly reads: readonly Buffer[]; readonly writes: readonly Buffer[]},
): Command {
  const [, h, w] = sizes.small!;
  const args = [large, ...sizes.large!, small, h!, w!, sizes.op.size];
  const shares = {count: sizes.large![0]!, of: [large, small, ...(third ? [third] : [])]};
  return command(name, third === undefined ? args : [...args, third], {...access, shares});
}
