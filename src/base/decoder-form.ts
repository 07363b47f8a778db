/**
 * The form of a decoder, as a pipeline asks for it, and how many images it makes. Stage types are checked by it before anything is
 * loaded that computes.
 */

/** The kind of a decoder, as a pipeline asks for it. */
export type DecoderForm =
  /** Each stored image is cut into factor × factor patches; multi-scale: into those of all factors up to this one. */
  | {readonly kind: 'idc'; readonly factor: number; readonly multiScale?: boolean}
  /** A number of DCT coefficients is stored of each image and channel. */
  | {readonly kind: 'fred'; readonly coefficients: number};

/** For messages, such as `IDC of factor 2`. */
export function decoderText(form: DecoderForm | undefined): string {
  if (form === undefined) return 'no decoder';
  if (form.kind === 'fred') return `FreD with ${form.coefficients} coefficients`;
  return `${form.multiScale === true ? 'multi-scale ' : ''}IDC of factor ${form.factor}`;
}

/** Why a decoder does not suit images of an extent; `undefined`: it does. */
export function misfitOf(
  form: DecoderForm,
  {height, width}: {readonly height: number; readonly width: number},
): string | undefined {
  const most = form.kind === 'idc' ? Math.min(height, width) : height * width;
  const asked = form.kind === 'idc' ? form.factor : form.coefficients;
  if (asked <= most) return undefined;
  return form.kind === 'idc'
    ? `A factor of ${asked} would cut ${height}×${width} images into patches smaller than a pixel: at most ${most} is possible.`
    : `${height}×${width} images have ${most} coefficients, but ${asked} are to be stored.`;
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
  /** The things that are stored: whole images, or lists of coefficients. */
  readonly stored: number;
  /** The images that networks see. */
  readonly decoded: number;
  /** The real images that what is stored is made of at the start. */
  readonly real: number;
}

/**
 * The contents of the room of `ipc` images of each class.
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

/** A decoder makes images, not canvases. */
export const softPatches =
  'The set to start from has soft labels of single images, but multi-scale IDC also makes images that show several of them: connect a set without soft labels, or leave multiScale out.';

export const decodedCanvases =
  'A decoder makes images, not canvases: canvasSize and canvasSamples must be 1.';
