/**
 * Images as bytes, packed into floats, three bytes in each. The images are divided into thirds, and a float holds the
 * bytes at one place of each third: first + 256 · second + 256² · third. Float32 represents this number exactly, and all
 * those on the way back to a byte. Programs look each byte up in the table of its channel: they see the same floats as
 * without packing, to the last bit.
 *
 * A fourth byte would take all bits of a float, and GPUs need not keep the bits of a float that is no number.
 */
import * as ops from '../../tensor/ops.ts';
import {sizeOf} from '../../tensor/shape.ts';
import type {Value} from '../../tensor/value.ts';
import {isAtLeast} from '../counter.ts';

/** The number of packed images that hold `count` images. */
export function thirdOf(count: number): number {
  return Math.ceil(count / 3);
}

/**
 * Packs the bytes of images.
 *
 * @param size bytes of an image
 * @returns [third, …image]
 */
export function packBytes(bytes: Uint8Array, size: number): Float32Array {
  const length = thirdOf(bytes.length / size) * size;
  const packed = new Float32Array(length);
  [1, 256, 256 ** 2].forEach((weight, third) => {
    const part = bytes.subarray(third * length, (third + 1) * length);
    for (let i = 0; i < part.length; i++) packed[i]! += weight * part[i]!;
  });
  return packed;
}

/**
 * Picks images from packed ones.
 *
 * @param pick gives, for rows of the packed images [n], what is picked from them [n, h, w, c]
 */
export function pickPacked(
  pick: (rows: Value) => Value,
  {
    indices,
    third,
    table,
    channels,
  }: {
    /** Of the images [n] */
    readonly indices: Value;
    /** See `thirdOf`. */
    readonly third: number;
    /** The float of each byte, channel after channel [256·c] */
    readonly table: Value;
    /** 0, 1, … c − 1 */
    readonly channels: Value;
  },
): Value {
  const isBehindFirst = isAtLeast(indices, third);
  const isBehindSecond = isAtLeast(indices, 2 * third);
  const rows = ops.subtract(indices, ops.multiply(ops.add(isBehindFirst, isBehindSecond), third));
  const picked = pick(rows);
  const scale = ops.multiply(behindScale(isBehindFirst), behindScale(isBehindSecond));
  // The byte of the image becomes the units, and those before it the fraction.
  const shifted = ops.multiply(picked, ops.reshape(scale, [picked.shape[0]!, 1, 1, 1]));
  const bytesBehind = ops.floor(ops.multiply(shifted, 1 / 256));
  const bytes = ops.subtract(ops.floor(shifted), ops.multiply(bytesBehind, 256));
  const places = ops.add(bytes, ops.multiply(channels, 256));
  const floats = ops.gatherRows(table, ops.reshape(places, [sizeOf(picked.shape)]));
  return ops.reshape(floats, picked.shape);
}

/** 1/256 for images behind a third, and 1 for the others. */
function behindScale(isBehind: Value): Value {
  return ops.subtract(1, ops.multiply(isBehind, 255 / 256));
}
