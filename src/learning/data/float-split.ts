import type {Split} from './dataset.ts';
import type {NetworkImages} from './standardised-bytes.ts';

/** Labelled images that networks can take: floats, or bytes that stand for floats. */
export interface FloatSplit extends Split {
  readonly images: NetworkImages;
}

/** Labelled images that are floats in memory. */
export interface PlainFloatSplit extends FloatSplit {
  readonly images: Float32Array;
}

/** Images to train on: by their labels, or by soft targets. */
export interface TrainingSplit extends FloatSplit {
  /** The probability of each class, image after image [count, classes]; absent: the labels alone. */
  readonly targets?: Float32Array;
}
