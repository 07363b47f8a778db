import type {Decoder} from './decoder.ts';
import type {Decoding, DecodingOptions} from './decoding.ts';
import {fredDecoding} from './fred.ts';
import {idcDecoding} from './idc.ts';

/** The work of a decoder for a number of images of a shape. */
export function decodingOf(decoder: Decoder, options: DecodingOptions): Decoding {
  return decoder.kind === 'idc' ? idcDecoding(decoder, options) : fredDecoding(decoder, options);
}
