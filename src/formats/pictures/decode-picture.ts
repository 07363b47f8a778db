import {CorruptFile} from '../file-fault.ts';
import {startsAs} from '../signature.ts';
import {decodeJpeg} from './jpeg.ts';
import type {Picture} from './picture-file.ts';
import {decodePng} from './png.ts';

/** Whether a file is a picture, by its name. */
export function isPicturePath(path: string): boolean {
  return /\.(jpe?g|png)$/i.test(path);
}

/**
 * The pixels of a JPEG or PNG picture. The format is told by its content, since ILSVRC has PNG pictures named `.JPEG`.
 * @throws CorruptFile, UnsupportedFile
 */
export function decodePicture(bytes: Uint8Array, file: string): Picture {
  if (startsAs('jpeg', bytes)) return decodeJpeg(bytes, file);
  if (startsAs('png', bytes)) return decodePng(bytes, file);
  throw new CorruptFile(file, 'neither a JPEG nor a PNG picture');
}
