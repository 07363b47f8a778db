/**
 * Sums for the derivative by images with few channels, within planes: a thread computes some pixels of the images from
 * what the workgroup's memory holds: the cotangent of its channels, and their filter.
 */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  component,
  divide,
  f32,
  less,
  min,
  multiply,
  remainder,
  select,
  shared,
  splat,
  subtract,
  thread,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {loadVector, storeNumber} from '../access.ts';
import type {ImageSumsOp, Node} from '../node.ts';
import type {Writer} from './writer.ts';

export function writeImageSums(writer: Writer, node: Node, op: ImageSumsOp): void {
  const {code, grid, operands, exchange} = writer;
  const pixels = pixelsOf(writer, op);
  for (let pair = 0; pair < node.operands.length; pair += 2) {
    const [z, filter] = node.operands.slice(pair) as unknown as readonly [Node, Node];
    exchange.write();
    holdPair(writer, op, z, filter);
    exchange.read();
    code.for({below: op.side ** 2, name: 'tap'}, (body, tap) =>
      addTap(writer, body, tap, {op, pixels}),
    );
  }
  const target = operands.targets.get(node.id)!;
  for (const {y, x, isThere, sums} of pixels) {
    code.if(isThere, (own) => {
      sums.forEach((sum, channel) => {
        storeNumber(own, target, [grid.channels, grid.image, y, x, u32(channel)], sum);
      });
    });
  }
}

/** A pixel of the images that a thread computes. */
interface Pixel {
  readonly y: Expression;
  readonly x: Expression;
  /** Absent if every thread has such a pixel. */
  readonly isThere: Expression | undefined;
  /** For each channel of the images. */
  readonly sums: readonly ReturnType<Code['variable']>[];
}

function pixelsOf({code, grid}: Writer, {images}: ImageSumsOp): readonly Pixel[] {
  const [, height, width, channels] = images;
  const {positions} = grid.geometry;
  return Array.from({length: Math.ceil((height * width) / positions)}, (_, index) => {
    const number = code.let(add(grid.position, index * positions), 'pixel');
    const isPartial = (index + 1) * positions > height * width;
    return {
      y: code.let(divide(number, width), 'y'),
      x: code.let(remainder(number, width), 'x'),
      isThere: isPartial ? code.let(less(number, height * width), 'isThere') : undefined,
      sums: Array.from({length: channels}, () => code.variable(f32(0), 'sum')),
    };
  });
}

/** Puts the cotangent's plane into the workgroup's memory, and behind it the weights of the workgroup's channels. */
function holdPair(
  {code, grid, operands, values}: Writer,
  op: ImageSumsOp,
  z: Node,
  filter: Node,
): void {
  const {lanes, threads} = grid.geometry;
  for (const slot of grid.slots(grid.levelOf(z.shape))) {
    const value = values.at(z, z.shape, slot);
    code.if(slot.isOwn, (own) => own.storeShared(slot.cell, value));
  }
  const access = operands.outside.get(filter.id)!;
  const first = code.let(subtract(grid.channels, grid.lane), 'first');
  const below = op.side ** 2 * op.images[3] * lanes;
  code.for({from: thread, below, step: threads, name: 'weight'}, (body, weight) => {
    const at = [divide(weight, lanes), add(first, remainder(weight, lanes))];
    body.storeShared(add(weight, cellsBefore(op, lanes)), loadVector(access, at));
  });
}

function cellsBefore({result: [, height, width]}: ImageSumsOp, lanes: number): number {
  return height * width * lanes;
}

/** Adds what one place of the filter has to do with each pixel. */
function addTap(
  {grid}: Writer,
  code: Code,
  tap: Expression,
  {op, pixels}: {readonly op: ImageSumsOp; readonly pixels: readonly Pixel[]},
): void {
  const {side, pad, images, result} = op;
  const [, height, width] = result;
  const {lanes} = grid.geometry;
  const [down, right] = [code.let(divide(tap, side)), code.let(remainder(tap, side))];
  const weights = pixels[0]!.sums.map((_, channel) => {
    const weight = add(multiply(tap, images[3]), channel);
    return code.let(
      shared(add(add(multiply(weight, lanes), grid.lane), cellsBefore(op, lanes))),
      'w',
    );
  });
  for (const {y, x, sums} of pixels) {
    // Below zero it wraps around to a number that is beyond the plane, too.
    const [row, column] = [
      code.let(subtract(add(y, pad), down), 'row'),
      code.let(subtract(add(x, pad), right), 'column'),
    ];
    const isInside = all([less(row, height), less(column, width)])!;
    const pixel = add(multiply(min(row, height - 1), width), min(column, width - 1));
    const held = shared(add(multiply(pixel, lanes), grid.lane));
    const z = code.let(select(isInside, held, splat(f32(0))), 'z');
    sums.forEach((sum, channel) => {
      const products = code.let(multiply(z, weights[channel]!), 'p');
      const lanesOf = [0, 1, 2, 3].map((lane) => component(products, lane as 0 | 1 | 2 | 3));
      code.assign(
        sum,
        lanesOf.reduce((total, one) => add(total, one), sum),
      );
    });
  }
}
