import type {ImageShape, Transform} from './dataset.ts';

/** A small set of images that was made to train networks like a whole data set does. */
export interface SyntheticSet {
  /** Name, image shape, classes and source of the data set that it stands for. */
  readonly name: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly source: string;
  /** [count, H, W, C], as networks see them. */
  readonly images: Float32Array;
  /** One class index an image. */
  readonly labels: Int32Array;
  readonly count: number;
  /** The learned step size α of the student. */
  readonly stepSize: number;
  /** [count, H, W, C], the same images with the transform undone: about 0 … 1, not clipped. */
  readonly pixels: Float32Array;
  /** Tells which transform the images went through, given or not; absent: none, or it is not known. */
  readonly transformDigest?: string;
  /** What test images must go through before a network trained on this set sees them; absent: only division by 255. */
  readonly transform?: Transform;
  /** How many updates made it; absent: it was not distilled. */
  readonly iteration?: number;
  /** How it was made, for people. */
  readonly provenance: Readonly<Record<string, string>>;
}
