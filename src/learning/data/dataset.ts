import type {StandardisedBytes} from './standardised-bytes.ts';

/** The extent of one image. Pixels are stored row by row, channels last (HWC). */
export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Labelled images. */
export interface Split {
  /**
   * `count` images, HWC, one after the other. Bytes are raw pixels 0 … 255; floats, and bytes that stand for floats, are
   * what networks take: normalised or whitened.
   */
  readonly images: Uint8Array | Float32Array | StandardisedBytes;
  /** One class index an image, 0 … classes−1. */
  readonly labels: Int32Array;
  readonly count: number;
}

/** A data set as stages pass it on. */
export interface Dataset {
  /** Such as `mnist`. */
  readonly name: string;
  readonly shape: ImageShape;
  /** Names of the classes, by label. */
  readonly classes: readonly string[];
  /** Digest of the source: the same for the raw data set and everything made from it. */
  readonly source: string;
  readonly train: Split;
  readonly test: Split;
  /** Training images set aside to choose by: in no other split. */
  readonly heldOut?: Split;
  /** How raw pixels became what `images` holds; absent on raw data, and where it was not read with the images. */
  readonly transform?: Transform;
  /** Tells apart transforms, read or not (see `transformDigest` of the codecs); absent on raw data. */
  readonly transformDigest?: string;
}

/** What a data set is, without its images. */
export interface DatasetIdentity extends Omit<Dataset, 'train' | 'test' | 'heldOut'> {
  /** Its images are raw pixels, which networks do not take. */
  readonly isRaw: boolean;
}

/** Labelled raw pixels. */
export interface RawSplit extends Split {
  readonly images: Uint8Array;
}

/** A data set of raw pixels, as it comes from its source. */
export interface RawDataset extends Dataset {
  readonly train: RawSplit;
  readonly test: RawSplit;
  readonly heldOut?: RawSplit;
}

/** The affine map from raw pixels in [0, 1] to what networks see, and its inverse. */
export type Transform =
  /** (x − mean) / std, a channel at a time. */
  | {readonly kind: 'standardise'; readonly mean: Float32Array; readonly std: Float32Array}
  /**
   * Row vector times matrix: z = (x − mean)·whitening, x = z·inverse + mean, with x flattened HWC and d = H·W·C.
   * Both matrices [d, d] are symmetric.
   */
  | {
      readonly kind: 'zca';
      readonly mean: Float32Array;
      readonly whitening: Float32Array;
      readonly inverse: Float32Array;
      readonly eps: number;
    };

/** The number of values of one image: height × width × channels. */
export function imageSize({height, width, channels}: ImageShape): number {
  return height * width * channels;
}
