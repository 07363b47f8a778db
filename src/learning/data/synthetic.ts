import {canvasShape, noCanvas, type Canvas} from './canvas.ts';
import type {ImageShape, Transform} from './dataset.ts';

/** A small set of images that was made to train networks like a whole data set does. */
export interface SyntheticSet {
  /** Name, image shape, classes and source of the data set that it stands for. */
  readonly name: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly source: string;
  /** Absent: networks see images whole. Otherwise windows of them, and H and W below are those of canvases. */
  readonly canvas?: Canvas;
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

/** The extent of a set's images: that of the data set's, or of canvases. */
export function imagesShape({
  shape,
  canvas = noCanvas,
}: Pick<SyntheticSet, 'shape' | 'canvas'>): ImageShape {
  return canvasShape(shape, canvas);
}
