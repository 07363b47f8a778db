import {canvasShape, noCanvas, type Canvas} from './canvas.ts';
import type {ImageShape, Transform} from './dataset.ts';
import {repeatsOf, roomPerClass} from '../../base/decoder-form.ts';
import type {Decoder} from '../decoders/decoder.ts';
import type {Targets} from './targets.ts';

/** A small set of images that replaces a data set in training. */
export interface SyntheticSet {
  /** Name, image shape, classes and source of the original data set. */
  readonly name: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly source: string;
  /** Absent: networks see whole images. Otherwise they see windows, and H and W below are those of canvases. */
  readonly canvas?: Canvas;
  /** [count, H, W, C], as networks take them. */
  readonly images: Float32Array;
  /** The source that the images are decoded from. Absent: they are stored themselves. */
  readonly stored?: StoredImages;
  /** One class index per image. */
  readonly labels: Int32Array;
  /** Soft labels: what a network should answer. Absent: the class of each image alone. */
  readonly targets?: Targets;
  readonly count: number;
  /** The learned step size α of the student. */
  readonly stepSize: number;
  /** [count, H, W, C], the same images with the transform undone: about 0 … 1, not clipped. */
  readonly pixels: Float32Array;
  /**
   * Identifies the transform that the images went through, whether or not it is in `transform`; absent: none, or
   * unknown.
   */
  readonly transformDigest?: string;
  /**
   * The transform that test images need before a network trained on this set can classify them; absent: only division
   * by 255.
   */
  readonly transform?: Transform;
  /** The number of updates that made it; absent: it was not distilled. */
  readonly iteration?: number;
  /** How it was made, for display. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** The numbers that a set stores in place of its images, and their decoder. */
export interface StoredImages {
  readonly decoder: Decoder;
  /** P [n, …]: see `Decoding`. */
  readonly values: Float32Array;
}

/** How many things a set stores: images, or what they are decoded from. */
export function storedCount({count, stored}: Pick<SyntheticSet, 'count' | 'stored'>): number {
  return stored === undefined ? count : count / repeatsOf(stored.decoder);
}

/** Images per class, as methods are compared: how many whole images would take the room of what is stored, rounded up. */
export function ipcOf(set: SyntheticSet): number {
  const {stored, classes, shape} = set;
  const perClass = storedCount(set) / classes.length;
  if (stored === undefined) return perClass;
  return roomPerClass(stored.decoder, perClass, shape.height * shape.width);
}

/** The extent of a set's images: that of the data set, or that of canvases. */
export function imagesShape({
  shape,
  canvas = noCanvas,
}: Pick<SyntheticSet, 'shape' | 'canvas'>): ImageShape {
  return canvasShape(shape, canvas);
}
