import type {Code} from '../../../kernels/code.ts';
import {add, all, f32, less, min, select, splat, subtract} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {loadNumber, type Access} from '../access.ts';
import type {Extents} from '../node.ts';

/** What the pixels of a block see of images under a filter, each row and column once. */
export interface Patch {
  readonly images: Access;
  readonly image: Expression;
  readonly rows: readonly Line[];
  readonly columns: readonly Line[];
}

/** A row or column: in range, with whether that is where it should be. */
interface Line {
  readonly at: Expression;
  readonly isInside: Expression;
}

export interface PatchPlace {
  readonly images: Access;
  readonly extents: Extents;
  /** Of the filter. */
  readonly side: number;
  readonly pad: number;
  readonly image: Expression;
  /** The first pixel of the block. */
  readonly first: {readonly y: Expression; readonly x: Expression};
  /** Pixels of the block along both axes. */
  readonly across: number;
}

export function patchOf(code: Code, place: PatchPlace): Patch {
  const {images, extents, image, first} = place;
  const [, height, width] = extents;
  return {
    images,
    image,
    rows: linesFrom(code, first.y, height, place),
    columns: linesFrom(code, first.x, width, place),
  };
}

function linesFrom(
  code: Code,
  first: Expression,
  extent: number,
  {side, pad, across}: PatchPlace,
): readonly Line[] {
  return Array.from({length: across + side - 1}, (_, line) => {
    // Below zero it wraps around to a number that is beyond the images, too.
    const at = code.let(subtract(add(first, line), pad), 'at');
    return {
      at: code.let(min(at, extent - 1), 'at'),
      isInside: code.let(less(at, extent), 'isInside'),
    };
  });
}

/** The numbers of a channel, row by row, each four times. */
export function numbersOf(
  code: Code,
  {images, image, rows, columns}: Patch,
  channel: Expression,
): readonly (readonly Expression[])[] {
  return rows.map((row) =>
    columns.map((column) => {
      const number = loadNumber(images, [image, row.at, column.at, channel]);
      const isInside = all([row.isInside, column.isInside])!;
      return splat(code.let(select(isInside, number, f32(0)), 'x'));
    }),
  );
}
