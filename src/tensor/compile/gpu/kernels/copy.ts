/** Kernels whose results consist of numbers of their operands, and of zeros. */
import {add, all, convert, equal, f32, less, subtract} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import type {OpOf} from '../../../op.ts';
import {formatShape, sizeOf} from '../../../shape.ts';
import {isAligned, loadNumber, type Access, type Places} from '../access.ts';
import type {Node} from '../node.ts';
import {loadWidth, numbersKernel, pointwiseKernel, storeWidth, widen} from './pointwise.ts';

/** Writes the numbers of an access, such as a view or a constant, to another one of the same shape. */
export function copyKernel(label: string, from: Access, to: Access): Kernel {
  const width = to.isVector ? 4 : 1;
  return pointwiseKernel({
    label: `${label} ${formatShape(to.shape)}`,
    shape: to.shape,
    width,
    flops: 0,
    reads: [from],
    writes: [to],
    body(code, at) {
      storeWidth(code, to, at, {value: loadWidth(from, at, width), width});
    },
  });
}

/** One number everywhere. */
export function constantKernel(node: Node, {value}: OpOf<'constant'>, places: Places): Kernel {
  return numbersKernel(node, places, {
    operands: [],
    flops: 0,
    value: (_, __, width) => widen(f32(value), width),
  });
}

export function padKernel(node: Node, {begin, shape}: OpOf<'pad'>, places: Places): Kernel {
  const operand = places.read(node.operands[0]!);
  const inner = operand.shape;
  const padded = shape.flatMap((extent, axis) => (extent === inner[axis] ? [] : [axis]));
  return numbersKernel(node, places, {
    operands: [operand],
    flops: 0,
    isByLane: padded.includes(shape.length - 1),
    value(code, at, width) {
      const zero = widen(f32(0), width);
      if (sizeOf(inner) === 0) return zero;
      const value = code.variable(zero);
      const isInside = padded.flatMap((axis) => isWithin(at[axis]!, begin[axis]!, inner[axis]!));
      code.if(all(isInside), (inside) => {
        const from = at.map((coordinate, axis) => subtract(coordinate, begin[axis]!));
        inside.assign(value, loadWidth(operand, from, width));
      });
      return value;
    },
  });
}

function isWithin(coordinate: Expression, begin: number, extent: number): readonly Expression[] {
  const isBelow = less(coordinate, begin + extent);
  return begin === 0 ? [isBelow] : [less(begin, add(coordinate, 1)), isBelow];
}

/**
 * Copies the parts of a concatenation that are not made in their places there, with a kernel for each; or with one for
 * all where vectors cross the borders of parts.
 */
export function concatKernels(
  node: Node,
  {axis}: OpOf<'concat'>,
  places: Places,
): readonly Kernel[] {
  const whole = places.write(node);
  let end = 0;
  const parts = node.operands.map(({shape}, index): Part => {
    const begin = end;
    end += shape[axis]!;
    const to = {...whole, shape, offset: whole.offset + begin * whole.strides[axis]!};
    return {from: places.read(node.operands[index]!), to, begin};
  });
  const copied = parts.filter(({from, to}) => sizeOf(to.shape) > 0 && !isSamePlace(from, to));
  const hasVectors = ({to}: Part): boolean => to.shape.at(-1)! % 4 === 0 && isAligned(to);
  if (!whole.isVector || copied.every(hasVectors))
    return copied.map(({from, to}) => copyKernel('part', from, to));
  if (copied.length < parts.filter(({to}) => sizeOf(to.shape) > 0).length)
    throw new Error('Vectors cross the borders of parts that are in place');
  return [joinedKernel(node, {axis, parts: copied}, places)];
}

/** A part of a concatenation, from a coordinate of its axis on. */
interface Part {
  readonly from: Access;
  readonly to: Access;
  readonly begin: number;
}

function joinedKernel(
  node: Node,
  {axis, parts}: {readonly axis: number; readonly parts: readonly Part[]},
  places: Places,
): Kernel {
  return numbersKernel(node, places, {
    operands: parts.map(({from}) => from),
    flops: 0,
    isByLane: true,
    value(code, at, width) {
      const value = code.variable(f32(0));
      for (const {from, begin} of parts) {
        code.if(all(isWithin(at[axis]!, begin, from.shape[axis]!)), (inside) => {
          const own = at.with(axis, subtract(at[axis]!, begin));
          inside.assign(value, loadWidth(from, own, width));
        });
      }
      return value;
    },
  });
}

function isSamePlace(a: Access, b: Access): boolean {
  return (
    a.constant === undefined &&
    a.through === undefined &&
    a.parts === undefined &&
    a.memory === b.memory &&
    a.offset === b.offset &&
    a.shape.every((extent, axis) => extent === 1 || a.strides[axis] === b.strides[axis])
  );
}

/** (x [n, …], indices [m]) → [m, …]. */
export function gatherRowsKernel(node: Node, places: Places): Kernel {
  const [rows, indices] = node.operands.map((operand) => places.read(operand));
  return numbersKernel(node, places, {
    operands: [rows!, indices!],
    flops: 0,
    isByLane: node.shape.length === 1,
    value(code, [row, ...rest], width) {
      const index = code.let(rowIndex(indices!, row!), 'row');
      return loadWidth(rows!, [index, ...rest], width);
    },
  });
}

/** (v [m, …], indices [m]) → [rows, …]. Each row looks through all indices, so that nothing is added atomically. */
export function scatterRowsKernel(node: Node, places: Places): Kernel {
  const [values, indices] = node.operands.map((operand) => places.read(operand));
  const count = values!.shape[0]!;
  return numbersKernel(node, places, {
    operands: [values!, indices!],
    flops: count * sizeOf(node.shape),
    isByLane: node.shape.length === 1,
    value(code, [row, ...rest], width) {
      const total = code.variable(widen(f32(0), width), 'total');
      code.for({below: count, name: 'from'}, (each, from) => {
        each.if(equal(rowIndex(indices!, from), row!), (own) => {
          own.assign(total, add(total, loadWidth(values!, [from, ...rest], width)));
        });
      });
      return total;
    },
  });
}

function rowIndex(indices: Access, at: Expression): Expression {
  return convert('u32', loadNumber(indices, [at]));
}
