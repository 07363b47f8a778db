/**
 * Sums for the derivative by a filter of images with few channels, within planes: a thread has its pixels of the
 * cotangent in registers, and reads what they see of the images.
 */
import {add, equal, f32, multiply, select, splat, u32} from '../../../kernels/expressions.ts';
import {storeVector} from '../access.ts';
import type {FilterSumsOp, Node} from '../node.ts';
import {numbersOf, patchOf} from './patch.ts';
import {addUpAll} from './sums.ts';
import type {Writer} from './writer.ts';

/** Channel by channel, so that a thread keeps as many sums as a filter has places. */
export function writeFilterSums(writer: Writer, node: Node, op: FilterSumsOp): void {
  const {code, grid, operands} = writer;
  const {side, images} = op;
  const target = operands.targets.get(node.id)!;
  const blocks = blocksOf(writer, node, op);
  for (let channel = 0; channel < images[3]; channel++) {
    const sums = Array.from({length: side ** 2}, () => code.variable(splat(f32(0)), 'sum'));
    for (const {patch, cotangents, across} of blocks) {
      const numbers = numbersOf(code, patch, u32(channel));
      sums.forEach((sum, tap) => {
        const [down, right] = [Math.floor(tap / side), tap % side];
        const terms = cotangents.map((cotangent, pixel) => {
          const row = numbers[Math.floor(pixel / across) + down]!;
          return multiply(row[(pixel % across) + right]!, cotangent);
        });
        code.assign(
          sum,
          terms.reduce((all, term) => add(all, term), sum),
        );
      });
    }
    addUpAll(writer, sums, (total, tap) => {
      const at = [grid.image, u32(tap * images[3] + channel), grid.channels];
      code.if(equal(grid.position, 0), (first) => storeVector(first, target, at, total));
    });
  }
}

/** What a thread has of the cotangents, and sees of the images: zero where there is no pixel. */
function blocksOf({code, grid, values, operands}: Writer, node: Node, op: FilterSumsOp) {
  const {side, pad, images: extents} = op;
  const {image, geometry} = grid;
  return Array.from({length: geometry.blocks}, (_, block) => block).flatMap((block) =>
    Array.from({length: node.operands.length / 2}, (_, pair) => {
      const [x, z] = node.operands.slice(2 * pair) as unknown as readonly [Node, Node];
      const slots = grid.slotsOf(grid.levelOf(z.shape), block);
      const across = Math.sqrt(slots.length);
      const images = operands.outside.get(x.id)!;
      const first = slots[0]!;
      return {
        across,
        patch: patchOf(code, {images, extents, side, pad, image, first, across}),
        cotangents: slots.map((slot) => {
          const value = values.at(z, z.shape, slot);
          const isOwn = slot.isOwn;
          return isOwn === undefined ? value : code.let(select(isOwn, value, splat(f32(0))));
        }),
      };
    }),
  );
}
