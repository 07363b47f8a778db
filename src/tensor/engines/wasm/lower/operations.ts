/** Operations that are not elementwise, as commands. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import {pairsOf, type ElementwiseKind} from '../../../op-traits.ts';
import type {Op, OpKind, OpOf} from '../../../op.ts';
import {sizeOf, stridesOf, type Shape} from '../../../shape.ts';
import {command} from './command.ts';
import {convolve, convolveFilter, convolveInput} from './convolution.ts';
import {copyCommand, fillCommand} from './copy.ts';
import type {CommandEmitter} from './emitter.ts';
import {matrixProduct} from './product.ts';
import type {Convolution, Extents} from './trilinear.ts';

/** An operation with its operands and its result. */
export interface Call<O> {
  readonly op: O;
  readonly given: readonly Buffer[];
  readonly shapes: readonly Shape[];
  /** The shape of the result. */
  readonly shape: Shape;
  readonly to: Buffer;
  readonly emitter: CommandEmitter;
}

type Rule<O> = (call: Call<O>) => void;

/** Emits the commands of an operation that is not elementwise. */
export function lowerOperation(call: Call<Op>): void {
  // The rule at `op.kind` takes exactly that kind of operation; the compiler cannot see the correlation.
  const rule = (rules as unknown as Readonly<Record<string, Rule<Op>>>)[call.op.kind];
  if (rule === undefined) throw new Error(`No kernel for ${call.op.kind}`);
  rule(call);
}

type SingleKind = Exclude<OpKind, ElementwiseKind | 'input' | 'constant' | 'reshape' | 'sum'>;

const rules: {readonly [K in SingleKind]: Rule<OpOf<K>>} = {
  transpose: ({op, given: [from], shapes: [shape], shape: result, to, emitter}) => {
    const own = stridesOf(shape!);
    const strides = op.order.map((axis) => own[axis]!);
    emitter.emit(
      copyCommand(result, {buffer: from!, strides}, {buffer: to, strides: stridesOf(result)}),
    );
  },
  slice: ({op, given: [from], shapes: [shape], to, emitter}) => {
    const strides = stridesOf(shape!);
    const offset = offsetOf(op.begin, strides);
    emitter.emit(
      copyCommand(
        op.size,
        {buffer: from!, offset, strides},
        {buffer: to, strides: stridesOf(op.size)},
      ),
    );
  },
  pad: ({op, given: [from], shapes: [shape], to, emitter}) => {
    emitter.emit(fillCommand(to, 0));
    const strides = stridesOf(op.shape);
    const offset = offsetOf(op.begin, strides);
    const source = {buffer: from!, strides: stridesOf(shape!)};
    emitter.emit(copyCommand(shape!, source, {buffer: to, offset, strides}));
  },
  concat: ({op, given, shapes, shape: result, to, emitter}) => {
    const strides = stridesOf(result);
    let offset = 0;
    for (const [i, from] of given.entries()) {
      const shape = shapes[i]!;
      const source = {buffer: from, strides: stridesOf(shape)};
      const isThere = from.within?.buffer === to && from.within.offset === offset;
      if (!isThere) emitter.emit(copyCommand(shape, source, {buffer: to, offset, strides}));
      offset += shape[op.axis]! * strides[op.axis]!;
    }
  },
  matmul: ({op, given, shapes: [left, right], shape: [m, n], to, emitter}) => {
    const k = op.transposeA ? left![0]! : left![1]!;
    if (k === 0) {
      emitter.emit(fillCommand(to, 0));
      return;
    }
    const way = (transposed: boolean, columns: number): {row: number; column: number} =>
      transposed ? {row: 1, column: columns} : {row: columns, column: 1};
    const pairs = pairsOf(given).map(([a, b]) => ({
      a: {buffer: a, ...way(op.transposeA, left![1]!)},
      b: {buffer: b, ...way(op.transposeB, right![1]!)},
    }));
    emitter.emit(matrixProduct({m: m!, n: n!, k, pairs, to: {buffer: to, row: n!}}));
  },
  gatherRows: ({given: [x, indices], shapes: [whole], shape, to, emitter}) => {
    const [count, columns] = [shape[0]!, sizeOf(shape.slice(1))];
    const args = {x: x!, indices: indices!, count, columns, to, rows: whole![0]!};
    emitter.emit(command('gatherRows', args, {reads: [x!, indices!], writes: [to]}));
  },
  scatterRows: ({op, given: [v, indices], shapes: [shape], to, emitter}) => {
    const [count, columns] = [shape![0]!, sizeOf(shape!.slice(1))];
    const args = {v: v!, indices: indices!, count, columns, to, rows: op.rows};
    emitter.emit(command('scatterRows', args, {reads: [v!, indices!], writes: [to]}));
  },
  softmax: overLastAxis('softmax'),
  logSumExp: overLastAxis('logSumExp'),
  conv2d: ({op, given, shapes: [images, filter], shape: result, to, emitter}) => {
    convolve(convolution(op, images, filter, result), {pairs: pairsOf(given), to}, emitter);
  },
  conv2dInput: ({op, given, shapes: [result, filter], shape: images, to, emitter}) => {
    convolveInput(convolution(op, images, filter, result), {pairs: pairsOf(given), to}, emitter);
  },
  conv2dFilter: ({op, given, shapes: [images, result], shape: filter, to, emitter}) => {
    convolveFilter(convolution(op, images, filter, result), {pairs: pairsOf(given), to}, emitter);
  },
  avgPool: ({op, given: [x], shapes: [large], shape: small, to, emitter}) => {
    const images = pooled(op, [x!, large!], [to, small]);
    emitter.emit(command('avgPool', images.args, {reads: [x!], writes: [to], ...images.cut()}));
  },
  avgPoolTranspose: ({op, given: [v], shapes: [small], shape: large, to, emitter}) => {
    const {args, cut} = pooled(op, [to, large], [v!, small!]);
    emitter.emit(command('avgPoolTranspose', args, {reads: [v!], writes: [to], ...cut()}));
  },
  maxPool: ({op, given: [x], shapes: [large], shape: small, to, emitter}) => {
    const {args, cut} = pooled(op, [x!, large!], [to, small]);
    emitter.emit(command('maxPool', args, {reads: [x!], writes: [to], ...cut()}));
  },
  maxPoolGather: ({op, given: [x, v], shapes: [large], shape: small, to, emitter}) => {
    const {args, cut} = pooled(op, [x!, large!], [to, small]);
    const use = {reads: [x!, v!], writes: [to], ...cut(v!)};
    emitter.emit(command('maxPoolGather', {...args, values: v!}, use));
  },
  maxPoolScatter: ({op, given: [x, v], shapes: [large, small], to, emitter}) => {
    const {args, cut} = pooled(op, [x!, large!], [v!, small!]);
    const use = {reads: [x!, v!], writes: [to], ...cut(to)};
    emitter.emit(command('maxPoolScatter', {...args, values: to}, use));
  },
  affineWarp: warp('affineWarp'),
  affineWarpTranspose: warp('affineWarpTranspose'),
};

/** The start of a block, in numbers. */
function offsetOf(begin: readonly number[], strides: readonly number[]): number {
  return begin.reduce((offset, start, axis) => offset + start * strides[axis]!, 0);
}

function overLastAxis(kernel: 'softmax' | 'logSumExp'): Rule<unknown> {
  return ({given: [x], shapes: [shape], to, emitter}) => {
    const columns = shape!.at(-1)!;
    const rows = sizeOf(shape!) / columns;
    const use = {reads: [x!], writes: [to], partition: {count: rows, of: [x!, to]}};
    emitter.emit(command(kernel, {x: x!, rows, columns, to}, use));
  };
}

function warp(kernel: 'affineWarp' | 'affineWarpTranspose'): Rule<unknown> {
  return ({given: [from, map], shape, to, emitter}) => {
    const [n, h, w, c] = shape as Extents;
    const args = {from: from!, n, h, w, c, map: map!, to};
    const partition = {count: n, of: [from!, to]};
    emitter.emit(command(kernel, args, {reads: [from!, map!], writes: [to], partition}));
  };
}

function convolution(
  {window}: {readonly window: Convolution['window']},
  ...shapes: readonly (Shape | undefined)[]
): Convolution {
  const [images, filter, result] = shapes as readonly Shape[] as [Extents, Extents, Extents];
  return {window, images, filter, result};
}

/** The arguments of a pooling kernel; all its buffers are cut by images. */
function pooled(
  {size}: {readonly size: number},
  [large, largeShape]: readonly [Buffer, Shape],
  [small, smallShape]: readonly [Buffer, Shape],
) {
  const [n, h, w, c] = largeShape as Extents;
  const [, smallHeight, smallWidth] = smallShape as Extents;
  return {
    args: {large, n, h, w, c, small, smallHeight, smallWidth, size},
    cut: (...others: readonly Buffer[]) => ({
      partition: {count: n, of: [large, small, ...others]},
    }),
  };
}
