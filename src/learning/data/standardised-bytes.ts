/** Mean and deviation of each channel of pixels in [0, 1]. */
export interface Standardisation {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

/**
 * Images as networks see them, kept as the bytes that they come of: a quarter of the memory. Each stands for
 * (byte/255 − mean) / std of its channel, which is looked up where it is read.
 */
export class StandardisedBytes {
  readonly bytes: Uint8Array;
  readonly standardisation: Standardisation;
  /** By channel and byte. */
  readonly #floats: Float32Array;

  constructor(bytes: Uint8Array, standardisation: Standardisation) {
    this.bytes = bytes;
    this.standardisation = standardisation;
    const {mean, std} = standardisation;
    this.#floats = Float32Array.from({length: 256 * mean.length}, (_, at) => {
      const channel = at >> 8;
      return ((at & 255) * (1 / 255) - mean[channel]!) / std[channel]!;
    });
  }

  get length(): number {
    return this.bytes.length;
  }

  /** A part that begins with a whole pixel; nothing is copied. */
  subarray(begin: number, end: number): StandardisedBytes {
    return new StandardisedBytes(this.bytes.subarray(begin, end), this.standardisation);
  }

  /** Writes the numbers from `begin` to `end`, whole pixels, to `target` from `at` on. */
  copyTo(target: Float32Array, at: number, {begin, end}: {begin: number; end: number}): void {
    const channels = this.standardisation.mean.length;
    const floats = this.#floats;
    for (let i = begin, channel = 0; i < end; i++) {
      target[at + i - begin] = floats[256 * channel + this.bytes[i]!]!;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }
}

/** What networks take. */
export type NetworkImages = Float32Array | StandardisedBytes;

/** Writes numbers of images, whole pixels from `begin` to `end`, to `target` from `at` on. */
export function copyImages(
  images: NetworkImages,
  range: {readonly begin: number; readonly end: number},
  target: Float32Array,
  at: number,
): void {
  if (images instanceof StandardisedBytes) images.copyTo(target, at, range);
  else target.set(images.subarray(range.begin, range.end), at);
}

/** All numbers of images as float32: for bytes four times what they take. */
export function floatsOf(images: NetworkImages): Float32Array {
  if (!(images instanceof StandardisedBytes)) return images;
  const floats = new Float32Array(images.length);
  images.copyTo(floats, 0, {begin: 0, end: images.length});
  return floats;
}
