/** Where a product's numbers go: rows and columns of a batch, in the places of a node of any shape. */
import type {Code} from '../../../kernels/code.ts';
import {add, component, less, multiply, u32} from '../../../kernels/expressions.ts';
import type {Expression, MemoryId} from '../../../kernels/ir.ts';
import {stridesOf} from '../../../shape.ts';
import {coordinatesAt, storeNumber, storeVector, type Access} from '../access.ts';

/** Stores four numbers beside each other in a line of the result, as far as they are columns of it. */
export function storeInLine(
  code: Code,
  {access, n}: {readonly access: Access; readonly n: number},
  {line, column}: {readonly line: Expression; readonly column: Expression},
  value: Expression,
): void {
  if (n % 4 === 0) {
    const index = add(multiply(line, n / 4), column);
    storeVector(code, access, placeInResult(access, index, 4), value);
    return;
  }
  if (access.isVector) throw new Error(`A product of ${n} columns has no vectors`);
  const named = code.let(value);
  for (const lane of [0, 1, 2, 3] as const) {
    const at = code.let(add(multiply(column, 4), lane), 'column');
    code.if(less(at, n), (inside) => {
      const index = add(multiply(line, n), at);
      storeNumber(inside, access, placeInResult(access, index, 1), component(named, lane));
    });
  }
}

/** The coordinates of the number, or the vector, that comes at an index in row-major order. */
export function placeInResult(
  {shape, strides}: Access,
  index: Expression,
  width: 1 | 4,
): readonly Expression[] {
  const last = shape.length - 1;
  const packed = stridesOf(shape);
  const isPacked =
    strides[last] === 1 &&
    shape.every((extent, axis) => extent === 1 || strides[axis] === packed[axis]);
  // What lies without gaps can be counted along the last axis alone.
  if (isPacked) return shape.map((_, axis) => (axis === last ? index : u32(0)));
  const extents = shape.map((extent, axis) => (axis === last ? extent / width : extent));
  return coordinatesAt(index, extents);
}

/** Parts of sums, [count, …shape], in a memory of their own. */
export function accessOfParts(memory: MemoryId, {shape, isVector}: Access, count: number): Access {
  const parts = [count, ...shape];
  return {shape: parts, memory, offset: 0, strides: stridesOf(parts), isVector};
}
