/**
 * Convolutions of images with few channels within planes: a thread computes its pixels from the images and from the
 * filter, of which the workgroup's memory holds what its channels need. The result is where the rest of the cluster
 * needs it, and need not be written.
 */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  divide,
  f32,
  multiply,
  remainder,
  shared,
  splat,
  subtract,
  thread,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {loadVector, type Access} from '../access.ts';
import type {Node} from '../node.ts';
import {weightsOf, type NarrowConvolution, type NarrowPair} from './members.ts';
import {numbersOf, patchOf} from './patch.ts';
import type {Writer} from './writer.ts';

export function writeConvolution(writer: Writer, node: Node, op: NarrowConvolution): void {
  const {code, grid, values, exchange} = writer;
  exchange.write();
  op.pairs.forEach((_, pair) => holdFilter(writer, node, op, pair));
  exchange.read();
  const level = grid.levelOf(node.shape);
  for (let block = 0; block < grid.geometry.blocks; block++) {
    const slots = grid.slotsOf(level, block);
    const sums = slots.map(() => code.variable(splat(f32(0)), 'sum'));
    op.pairs.forEach((pair, index) => {
      const images = writer.operands.outside.get(node.operands[2 * index]!.id)!;
      addPair(writer, {op, index, pair, images, first: slots[0]!, sums});
    });
    slots.forEach((slot, index) => values.set(node, slot, sums[index]!));
  }
}

/** Puts the weights of the workgroup's channels into its memory: those of a place in the filter, lane by lane. */
function holdFilter(
  {code, grid, operands}: Writer,
  node: Node,
  op: NarrowConvolution,
  pair: number,
): void {
  const {lanes, threads} = grid.geometry;
  const filter = operands.outside.get(node.operands[2 * pair + 1]!.id)!;
  const channels = code.let(subtract(grid.channels, grid.lane), 'first');
  const below = op.pairs[pair]!.k * lanes;
  code.for({from: thread, below, step: threads, name: 'weight'}, (body, weight) => {
    const at = [divide(weight, lanes), add(channels, remainder(weight, lanes))];
    body.storeShared(add(weight, weightsBefore(op, pair) * lanes), loadVector(filter, at));
  });
}

function weightsBefore({pairs}: NarrowConvolution, pair: number): number {
  return weightsOf({pairs: pairs.slice(0, pair)});
}

interface BlockOfPair {
  readonly op: NarrowConvolution;
  readonly index: number;
  readonly pair: NarrowPair;
  readonly images: Access;
  /** The first pixel of the block. */
  readonly first: {readonly y: Expression; readonly x: Expression};
  /** For each pixel, row by row. */
  readonly sums: readonly ReturnType<Code['variable']>[];
}

/** Reads what the pixels of a block see, each number once, channel by channel. */
function addPair({code, grid}: Writer, block: BlockOfPair): void {
  const {op, index, pair, images, first, sums} = block;
  const {side, window, images: extents} = pair.left;
  const count = extents[3];
  const across = Math.sqrt(sums.length);
  const patch = patchOf(code, {
    images,
    extents,
    side,
    pad: window.pad,
    image: grid.image,
    first,
    across,
  });
  const {lanes} = grid.geometry;
  code.for({below: count, name: 'channel'}, (body, channel) => {
    const numbers = numbersOf(body, patch, channel);
    const weights = body.let(add(multiply(channel, lanes), grid.lane), 'weights');
    for (let tap = 0; tap < side ** 2; tap++) {
      const [down, right] = [Math.floor(tap / side), tap % side];
      const before = (weightsBefore(op, index) + tap * count) * lanes;
      const weight = body.let(shared(add(weights, before)), 'w');
      sums.forEach((sum, pixel) => {
        const row = numbers[Math.floor(pixel / across) + down]!;
        body.assign(sum, add(sum, multiply(row[(pixel % across) + right]!, weight)));
      });
    }
  });
}
