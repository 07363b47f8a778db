/**
 * Decoders: how the images that networks see come from what is stored of them. A set without a decoder stores its images.
 */
import type {DecoderForm} from '../../base/decoder-form.ts';

/** A decoder with all of its numbers. */
export type Decoder =
  | {
      readonly kind: 'idc';
      readonly factor: number;
      readonly multiScale: boolean;
      /** The pixels beyond an image that the factor does not divide, by channel. */
      readonly padding: Float32Array;
    }
  | {
      readonly kind: 'fred';
      /** m: of each image and channel. */
      readonly coefficients: number;
      /**
       * [groups, m]: the frequencies u·W + v, vertical u and horizontal v, whose coefficients are stored. A group is as many
       * images in a row as each other one, such as those of a class.
       */
      readonly masks: Int32Array;
    };

export function formOf(decoder: Decoder): Required<DecoderForm> {
  const {kind} = decoder;
  return kind === 'idc'
    ? {kind, factor: decoder.factor, multiScale: decoder.multiScale}
    : {kind, coefficients: decoder.coefficients};
}
