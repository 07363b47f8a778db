/**
 * Decoders: how the images that networks see come from what is stored of them. A set without a decoder stores its images.
 */

/** The kind of a decoder, as a pipeline asks for it. */
export type DecoderForm =
  /** Each stored image is cut into factor × factor patches; multi-scale: into those of all factors up to this one. */
  | {readonly kind: 'idc'; readonly factor: number; readonly multiScale?: boolean}
  /** A number of DCT coefficients is stored of each image and channel. */
  | {readonly kind: 'fred'; readonly coefficients: number};

/** A decoder with all of its numbers. */
export type Decoder =
  | {
      readonly kind: 'idc';
      readonly factor: number;
      readonly multiScale: boolean;
      /** What lies beyond an image that the factor does not divide, by channel. */
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

/** The factors whose patches IDC gives, one after the other. */
export function factorsOf({factor, multiScale = false}: DecoderForm & {kind: 'idc'}): number[] {
  return multiScale ? Array.from({length: factor}, (_, i) => i + 1) : [factor];
}

/** How many images a decoder makes of each stored one. */
export function repeatsOf(form: DecoderForm): number {
  return form.kind === 'idc' ? factorsOf(form).reduce((sum, factor) => sum + factor ** 2, 0) : 1;
}

/** Numbers of images of each class. */
export interface ImagesPerClass {
  /** What is stored: whole images, or lists of coefficients. */
  readonly stored: number;
  /** What networks see. */
  readonly decoded: number;
  /** The real images that what is stored is made of at the start. */
  readonly real: number;
}

/**
 * What is in the room of `ipc` images of each class.
 *
 * @param pixels H·W of an image, which has at least as many as FreD stores coefficients
 */
export function imagesPerClass(
  form: DecoderForm | undefined,
  ipc: number,
  pixels: number,
): ImagesPerClass {
  if (form === undefined) return {stored: ipc, decoded: ipc, real: ipc};
  if (form.kind === 'idc') {
    return {stored: ipc, decoded: ipc * repeatsOf(form), real: ipc * form.factor ** 2};
  }
  const stored = Math.floor((ipc * pixels) / form.coefficients);
  return {stored, decoded: stored, real: stored};
}

/** The inverse of `imagesPerClass`: how many whole images of a class would take the room of `stored`, rounded up. */
export function roomPerClass(form: DecoderForm, stored: number, pixels: number): number {
  return form.kind === 'idc' ? stored : Math.ceil((stored * form.coefficients) / pixels);
}
