import type {FilterSumsOp, ImageSumsOp} from '../../../../src/tensor/compile/gpu/node.ts';

/** Sums for the derivative of a convolution, from their definition: every place of the filter for every pixel. */
export function sums64(
  op: FilterSumsOp | ImageSumsOp,
  given: readonly Float64Array[],
  size: number,
): Float64Array {
  const {side, pad, images, result} = op;
  const [, height, width, channels] = images;
  const [n, down, across, outputs] = result;
  const sums = new Float64Array(size);
  const weights = side ** 2 * channels;
  const term = (at: {image: number; pixel: number; weight: number; z: number; o: number}): void => {
    for (let pair = 0; pair < given.length; pair += 2) {
      const [a, b] = [given[pair]!, given[pair + 1]!];
      if (op.kind === 'filterSums') {
        sums[(at.image * weights + at.weight) * outputs + at.o]! += a[at.pixel]! * b[at.z]!;
      } else {
        const part = Math.floor(at.o / 4) * n * height * width * channels;
        sums[part + at.pixel]! += a[at.z]! * b[at.weight * outputs + at.o]!;
      }
    }
  };
  for (let z = 0; z < n * down * across * outputs; z++) {
    const [o, place] = [z % outputs, Math.floor(z / outputs)];
    const [column, row] = [place % across, Math.floor(place / across) % down];
    const image = Math.floor(place / across / down);
    for (let weight = 0; weight < weights; weight++) {
      const [channel, tap] = [weight % channels, Math.floor(weight / channels)];
      const y = row + Math.floor(tap / side) - pad;
      const x = column + (tap % side) - pad;
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      const pixel = ((image * height + y) * width + x) * channels + channel;
      term({image, pixel, weight, z, o});
    }
  }
  return sums;
}
