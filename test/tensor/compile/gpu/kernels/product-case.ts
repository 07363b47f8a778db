/** Products for tests of their kernels, and what they come to in float64. */
import {productKernel, type Split} from '../../../../../src/tensor/compile/gpu/kernels/product.ts';
import type {Factor, ProductOp} from '../../../../../src/tensor/compile/gpu/node.ts';
import {guaranteedLimits} from '../../../../../src/tensor/kernels/kernel.ts';
import {sizeOf, type Shape} from '../../../../../src/tensor/shape.ts';
import {product64} from '../../../../support/engines/gpu/product64.ts';
import {nodeOf, operand, type Operand, type Setup} from './places.ts';

export interface Given {
  readonly factor: Factor;
  readonly operand: Operand;
}

export interface ProductCase {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly pairs: readonly {readonly k: number; readonly left: Given; readonly right: Given}[];
  readonly isVector?: boolean;
  readonly shape?: Shape;
  readonly canSplit?: boolean;
}

const plain: Factor = {kind: 'matrix', isTransposed: false};
const turned: Factor = {kind: 'matrix', isTransposed: true};

export function matrix(shape: Shape, seed: number): Given {
  return {factor: plain, operand: operand(shape, seed)};
}

/** The matrix of this shape, stored transposed. */
export function turnedMatrix(shape: Shape, seed: number): Given {
  const swapped = [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
  return {factor: turned, operand: operand(swapped, seed)};
}

export interface MadeProduct extends Split {
  readonly setup: Setup;
  /** The memory that the kernel writes, and how many numbers it writes there. */
  readonly target: number;
  readonly count: number;
}

/** The kernel of a product. Operands lie in memories 0, 1, …, the result in the next one, its parts in the one after. */
export function makeProduct({
  batch = 1,
  m,
  n,
  pairs,
  isVector = false,
  shape = batch === 1 ? [m, n] : [batch, m, n],
  canSplit = true,
}: ProductCase): MadeProduct {
  const op: ProductOp = {
    kind: 'product',
    batch,
    m,
    n,
    pairs: pairs.map(({k, left, right}) => ({k, left: left.factor, right: right.factor})),
  };
  const operands = pairs.flatMap(({left, right}) => [left.operand, right.operand]);
  const setup = nodeOf(op, shape, operands, {isVector});
  const partsMemory = operands.length + 1;
  const options = {limits: guaranteedLimits, ...(canSplit && {partsMemory})};
  const split = productKernel(setup.node, setup.places, options);
  const {count} = split.parts ?? {count: 1};
  const target = split.parts === undefined ? setup.node.id : partsMemory;
  return {...split, setup, target, count: count * sizeOf(shape)};
}

/** By how much a result, or its parts together, is off at most. */
export function errorOf({batch = 1, m, n, pairs}: ProductCase, result: Float32Array): number {
  const given = pairs.map(({k, left, right}) => ({k, left: left.factor, right: right.factor}));
  const operands = pairs.flatMap(({left, right}) => [left.operand, right.operand]);
  const differences = product64({batch, m, n, pairs: given}, operands);
  result.forEach((part, at) => (differences[at % differences.length]! -= part));
  return differences.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
}
