/** Mean and deviation of each channel of pixels in [0, 1]. */
export interface Standardisation {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

/**
 * Standardised images, stored as bytes: a quarter of the memory. Each byte stands for (byte/255 − mean) / std of its
 * channel, which is looked up in a table when it is read.
 */
export class StandardisedBytes {
  readonly bytes: Uint8Array;
  readonly standardisation: Standardisation;
  /** What each byte of each channel stands for: that of byte b of channel k is at 256·k + b. */
  readonly table: Float32Array;

  constructor(bytes: Uint8Array, standardisation: Standardisation) {
    this.bytes = bytes;
    this.standardisation = standardisation;
    const {mean, std} = standardisation;
    this.table = Float32Array.from({length: 256 * mean.length}, (_, at) => {
      const channel = at >> 8;
      return ((at & 255) * (1 / 255) - mean[channel]!) / std[channel]!;
    });
  }

  get length(): number {
    return this.bytes.length;
  }

  /** A part that begins with a whole pixel; it shares the memory. */
  subarray(begin: number, end: number): StandardisedBytes {
    return new StandardisedBytes(this.bytes.subarray(begin, end), this.standardisation);
  }

  /** Writes the numbers of the pixels from `begin` to `end` (whole pixels) into `target` at `at`. */
  copyTo(target: Float32Array, at: number, {begin, end}: {begin: number; end: number}): void {
    const channels = this.standardisation.mean.length;
    const {table} = this;
    for (let i = begin, channel = 0; i < end; i++) {
      target[at + i - begin] = table[256 * channel + this.bytes[i]!]!;
      channel = channel + 1 === channels ? 0 : channel + 1;
    }
  }
}

/** Images as networks take them. */
export type NetworkImages = Float32Array | StandardisedBytes;

/** Writes the numbers of images, whole pixels from `begin` to `end`, into `target` at `at`. */
export function copyImages(
  images: NetworkImages,
  range: {readonly begin: number; readonly end: number},
  target: Float32Array,
  at: number,
): void {
  if (images instanceof StandardisedBytes) images.copyTo(target, at, range);
  else target.set(images.subarray(range.begin, range.end), at);
}

/** All numbers of images as float32: four times the memory of bytes. */
export function floatsOf(images: NetworkImages): Float32Array {
  if (!(images instanceof StandardisedBytes)) return images;
  const floats = new Float32Array(images.length);
  images.copyTo(floats, 0, {begin: 0, end: images.length});
  return floats;
}
