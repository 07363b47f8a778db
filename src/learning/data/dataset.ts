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
   * `count` images, HWC, one after the other. Bytes are raw pixels 0 … 255; floats, and `StandardisedBytes`, are what
   * networks take: normalised or whitened.
   */
  readonly images: Uint8Array | Float32Array | StandardisedBytes;
  /** One class index per image, 0 … classes−1. */
  readonly labels: Int32Array;
  readonly count: number;
}

/** A data set, as one stage passes it to another. */
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
  /** Training images set aside for choosing (validation); they are in no other split. */
  readonly heldOut?: Split;
  /** The transform from raw pixels to `images`; absent for raw data, and if it was not read with the images. */
  readonly transform?: Transform;
  /**
   * Identifies the transform, whether it was read or not (see `transformDigest` of the codecs); absent for raw data.
   */
  readonly transformDigest?: string;
}

/** A data set without its images. */
export interface DatasetIdentity extends Omit<Dataset, 'train' | 'test' | 'heldOut'> {
  /** Whether its images are raw pixels, which networks do not take. */
  readonly isRaw: boolean;
}

/** Labelled raw pixels. */
export interface RawSplit extends Split {
  readonly images: Uint8Array;
}

/** A data set of raw pixels, as its source provides it. */
export interface RawDataset extends Dataset {
  readonly train: RawSplit;
  readonly test: RawSplit;
  readonly heldOut?: RawSplit;
}

/** The affine map from raw pixels in [0, 1] to the network's input, and its inverse. */
export type Transform =
  /** (x − mean) / std, per channel. */
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
