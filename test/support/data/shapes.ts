import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {encode} from 'fast-png';
import {Random} from '../../../src/learning/random.ts';

/** Whether a point belongs to a shape, by its distances from the centre in units of the shape's size. */
type Inside = (x: number, y: number) => boolean;

const shapes: Readonly<Record<string, Inside>> = {
  circle: (x, y) => Math.hypot(x, y) < 1,
  cross: (x, y) =>
    Math.max(Math.abs(x), Math.abs(y)) < 1 && Math.min(Math.abs(x), Math.abs(y)) < 0.3,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) < 1.1,
  ring: (x, y) => Math.hypot(x, y) < 1 && Math.hypot(x, y) > 0.6,
  rows: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 1 && Math.abs(y) % 0.7 > 0.35,
  saltire: (x, y) => Math.abs(Math.abs(x) - Math.abs(y)) < 0.35 && Math.hypot(x, y) < 1.2,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.85,
  triangle: (x, y) => y < 0.8 && y > 2 * Math.abs(x) - 0.9,
};

/**
 * Writes pictures of eight shapes as `<shape>/<number>.png`: bright on dark, in places, sizes and colours of their own.
 * @param first the number of the first: pictures of other numbers are others
 * @param count of each shape
 * @param side in pixels
 */
export async function writeShapes(
  folder: string,
  {first, count, side}: {readonly first: number; readonly count: number; readonly side: number},
): Promise<void> {
  for (const [name, isInside] of Object.entries(shapes)) {
    await mkdir(path.join(folder, name), {recursive: true});
    for (let number = first; number < first + count; number++) {
      const random = new Random(0, 'shapes', name, number);
      const png = encode({
        width: side,
        height: side,
        channels: 3,
        depth: 8,
        data: paint(isInside, side, random),
      });
      await writeFile(path.join(folder, name, `${number}.png`), png);
    }
  }
}

function paint(isInside: Inside, side: number, random: Random): Uint8Array {
  const size = side * (0.22 + 0.16 * random.uniform());
  const [left, top] = [0, 0].map(() => side * (0.4 + 0.2 * random.uniform())) as [number, number];
  const bright = [0, 0, 0].map(() => 110 + random.integer(120));
  const dark = [0, 0, 0].map(() => random.integer(100));
  return Uint8Array.from({length: 3 * side * side}, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % side, Math.floor(i / 3 / side)];
    const colour = isInside((x - left) / size, (y - top) / size) ? bright : dark;
    return colour[i % 3]! + random.integer(26);
  });
}
