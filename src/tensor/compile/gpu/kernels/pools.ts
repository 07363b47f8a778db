/** Pooling over size×size blocks of images [n, h, w, c]. Rows and columns that do not fill a block are ignored. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  convert,
  divide,
  equal,
  f32,
  less,
  multiply,
  remainder,
  select,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {sizeOf, type Shape} from '../../../shape.ts';
import type {Access, Places} from '../access.ts';
import type {Node} from '../node.ts';
import {loadWidth, numbersKernel, widen, type Width} from './pointwise.ts';

/** The mean of each block. */
export function avgPoolKernel(node: Node, size: number, places: Places): Kernel {
  const images = places.read(node.operands[0]!);
  return numbersKernel(node, places, {
    operands: [images],
    flops: size ** 2 * sizeOf(node.shape),
    value(code, at, width) {
      const total = code.variable(widen(f32(0), width), 'total');
      eachOfBlock(code, {at, size, from: 0}, (each, {pixel}) => {
        each.assign(total, add(total, loadWidth(images, pixel, width)));
      });
      return divide(total, size ** 2);
    },
  });
}

/** Each pixel's share of its block's number. */
export function avgPoolTransposeKernel(node: Node, size: number, places: Places): Kernel {
  const blocks = places.read(node.operands[0]!);
  return numbersKernel(node, places, {
    operands: [blocks],
    value(code, at, width) {
      const share = code.variable(widen(f32(0), width), 'share');
      const block = blockOf(code, at, size);
      code.if(isBlock(block, {images: node.shape, blocks: blocks.shape, size}), (inside) => {
        inside.assign(share, divide(loadWidth(blocks, block, width), size ** 2));
      });
      return share;
    },
  });
}

/** The largest number of each block or, of two operands, the second one's number there. */
export function maxPoolKernel(node: Node, size: number, places: Places): Kernel {
  const [images, values] = node.operands.map((operand) => places.read(operand));
  return numbersKernel(node, places, {
    operands: values === undefined ? [images!] : [images!, values],
    flops: size ** 2 * sizeOf(node.shape),
    value(code, at, width) {
      return atLargest(code, {images: images!, at, size, width}, ({pixel, largest}) =>
        values === undefined ? largest : loadWidth(values, pixel, width),
      );
    },
  });
}

/** The block's number at its largest pixel, zero elsewhere. Each pixel finds out whether it is the largest one. */
export function maxPoolScatterKernel(node: Node, size: number, places: Places): Kernel {
  const [images, blocks] = node.operands.map((operand) => places.read(operand));
  return numbersKernel(node, places, {
    operands: [images!, blocks!],
    flops: size ** 2 * sizeOf(node.shape),
    value(code, at, width) {
      const zero = widen(f32(0), width);
      const value = code.variable(zero);
      const block = blockOf(code, at, size);
      code.if(isBlock(block, {images: node.shape, blocks: blocks!.shape, size}), (inside) => {
        const largest = atLargest(inside, {images: images!, at: block, size, width}, ({index}) =>
          widen(convert('f32', index), width),
        );
        const [y, x] = [remainder(at[1]!, size), remainder(at[2]!, size)];
        const own = widen(convert('f32', add(multiply(y, size), x)), width);
        const isLargest = equal(largest, own);
        inside.assign(value, select(isLargest, loadWidth(blocks!, block, width), zero));
      });
      return value;
    },
  });
}

interface Pixel {
  readonly pixel: readonly Expression[];
  /** Of the pixels of its block, row by row. */
  readonly index: Expression;
}

/** What `value` gives for the (first) largest pixel of a block. */
function atLargest(
  code: Code,
  {
    images,
    at,
    size,
    width,
  }: {
    readonly images: Access;
    readonly at: readonly Expression[];
    readonly size: number;
    readonly width: Width;
  },
  value: (found: Pixel & {readonly largest: Expression}) => Expression,
): Expression {
  const corner = pixelOf(at, u32(0), size);
  const largest = code.variable(loadWidth(images, corner, width), 'largest');
  const chosen = code.variable(value({pixel: corner, index: u32(0), largest}), 'chosen');
  eachOfBlock(code, {at, size, from: 1}, (each, {pixel, index}) => {
    const number = each.let(loadWidth(images, pixel, width));
    const isLarger = less(largest, number);
    each.assign(chosen, select(isLarger, value({pixel, index, largest: number}), chosen));
    each.assign(largest, select(isLarger, number, largest));
  });
  return chosen;
}

/** Visits the pixels of a block from an index on. Small blocks need no loop. */
function eachOfBlock(
  code: Code,
  {
    at,
    size,
    from,
  }: {readonly at: readonly Expression[]; readonly size: number; readonly from: number},
  visit: (code: Code, pixel: Pixel) => void,
): void {
  const count = size ** 2;
  if (count <= 16) {
    for (let index = from; index < count; index++)
      visit(code, {pixel: pixelOf(at, u32(index), size), index: u32(index)});
    return;
  }
  code.for({from, below: count, name: 'pixel'}, (each, index) => {
    visit(each, {pixel: pixelOf(at, index, size), index});
  });
}

function pixelOf(
  [image, y, x, channel]: readonly Expression[],
  index: Expression,
  size: number,
): readonly Expression[] {
  const row = add(multiply(y!, size), divide(index, size));
  return [image!, row, add(multiply(x!, size), remainder(index, size)), channel!];
}

/** The block that a pixel lies in. */
function blockOf(
  code: Code,
  [image, y, x, channel]: readonly Expression[],
  size: number,
): readonly Expression[] {
  return [image!, code.let(divide(y!, size), 'y'), code.let(divide(x!, size), 'x'), channel!];
}

/** Whether a block is one of those pooled; `undefined` if all are. */
function isBlock(
  block: readonly Expression[],
  {images, blocks, size}: {readonly images: Shape; readonly blocks: Shape; readonly size: number},
): Expression | undefined {
  const ragged = [1, 2].filter((axis) => blocks[axis]! * size < images[axis]!);
  return all(ragged.map((axis) => less(block[axis]!, blocks[axis]!)));
}
