import type {Shape} from '../../tensor/shape.ts';
import type {Value} from '../../tensor/value.ts';
import type {ImageShape} from '../data/dataset.ts';
import type {DecoderForm} from '../../base/decoder-form.ts';
import type {Decoder} from './decoder.ts';

/** Numbers that a program takes as an input. */
export interface Table {
  readonly numbers: Float32Array;
  readonly shape: Shape;
}

/** A decoder for a number of images of a shape: X = dec(P), an affine map. */
export interface Decoding {
  readonly decoder: Decoder;
  /** Of P; its first extent counts what is stored. */
  readonly storedShape: Shape;
  /** Of X: [n, H, W, C]. */
  readonly decodedShape: Shape;
  /** The number of what image k is decoded from. The first images come from 0, 1, 2, … */
  readonly sourceIndex: Int32Array;
  /** The further inputs of its programs, by name. */
  readonly tables: Readonly<Record<string, Table>>;
  /** X, within a program. */
  decode(stored: Value): Value;
  /** decᵀQ in the shape of P, within a program: the transpose of the linear part. */
  transpose(cotangent: Value): Value;
  /** X, on the host: computed in float64, and rounded once. */
  decodeOnHost(stored: Float32Array): Float32Array;
  /**
   * P of real images: those of IDC are shrunk into the patches, as many images in a row into a stored one as it has patches;
   * FreD keeps the coefficients of its mask.
   */
  encode(images: Float32Array): Float32Array;
  /** The number of the image that image k shows, of those given to `encode`. Absent: some show several. */
  readonly shownIndex?: Int32Array;
}

export interface DecodingOptions {
  readonly shape: ImageShape;
  /** The number of what is stored. */
  readonly count: number;
}

/** The extents of what is stored. */
export function storedShapeOf(
  form: DecoderForm,
  {shape: {height, width, channels}, count}: DecodingOptions,
): Shape {
  return form.kind === 'idc'
    ? [count, height, width, channels]
    : [count, form.coefficients, channels];
}
