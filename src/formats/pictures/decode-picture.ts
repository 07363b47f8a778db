import {CorruptFile, UnsupportedFile} from '../file-fault.ts';
import {decodeBmp} from './bmp.ts';
import {decodeGif} from './gif.ts';
import {decodeJpeg} from './jpeg.ts';
import type {Picture} from './picture-file.ts';
import {decodePng} from './png.ts';
import {decodeWebp} from './webp.ts';

/** Whether a file is a picture that is read, by its name. */
export function isPicturePath(path: string): boolean {
  return /\.(jpe?g|jfif|png|webp|gif|bmp)$/i.test(path);
}

/** The ending of a picture's name, such as `.tiff`, if it is of a kind that is not read; `undefined` for all other files. */
export function unreadKind(path: string): string | undefined {
  return /\.(avif|heic|heif|ico|jp2|jxl|pbm|pgm|ppm|psd|svg|tga|tiff?)$/i
    .exec(path)?.[0]
    .toLowerCase();
}

/**
 * The pixels of a JPEG, PNG, WebP, GIF or BMP picture, whatever its name says: ILSVRC has PNG pictures that are called
 * `.JPEG`.
 * @throws CorruptFile, UnsupportedFile
 */
export function decodePicture(bytes: Uint8Array, file: string): Picture {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12));
  const mark = head.toString('latin1');
  if (mark.startsWith('\xff\xd8')) return decodeJpeg(bytes, file);
  if (mark.startsWith('\x89P')) return decodePng(bytes, file);
  if (/^RIFF.{4}WEBP/s.test(mark)) return decodeWebp(bytes, file);
  if (/^GIF8[79]a/.test(mark)) return decodeGif(bytes, file);
  if (mark.startsWith('BM')) return decodeBmp(bytes, file);
  const kind = otherKind(mark);
  if (kind !== undefined) throw new UnsupportedFile(file, `a ${kind} picture, which is not read`);
  throw new CorruptFile(file, 'neither a JPEG, PNG, WebP, GIF nor BMP picture');
}

function otherKind(mark: string): string | undefined {
  if (/^.{4}ftyp/s.test(mark)) return 'HEIC or AVIF';
  return /^(II\*\0|MM\0\*)/.test(mark) ? 'TIFF' : undefined;
}
