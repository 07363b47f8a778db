import type {FileHandle} from 'node:fs/promises';
import {readUpTo} from './read-exactly.ts';

interface Signature {
  /** The first bytes of a file, as Latin-1. */
  readonly first: string;
}

/** A file's last bytes say that it is whole. */
interface ClosedSignature extends Signature {
  readonly last: string;
  readonly minBytes: number;
}

const signatures = {
  // At least: the magic and padding, an empty footer's length, and the magic again.
  arrow: {first: 'ARROW1', last: 'ARROW1', minBytes: 18},
  // The last chunk: no data, its name, its checksum.
  png: {first: '\x89PNG\r\n\x1a\n', last: '\0\0\0\0IEND\xae\x42\x60\x82', minBytes: 20},
  jpeg: {first: '\xff\xd8'},
  zip: {first: 'PK\x03\x04'},
  gzip: {first: '\x1f\x8b'},
  gif: {first: 'GIF8'},
  bmp: {first: 'BM'},
  riff: {first: 'RIFF'},
  webp: {first: 'WEBP'},
  tiff: {first: 'II*\0'},
  'tiff-big-endian': {first: 'MM\0*'},
  heif: {first: 'ftyp'},
  npy: {first: '\x93NUMPY'},
  parquet: {first: 'PAR1'},
} satisfies Readonly<Record<string, Signature | ClosedSignature>>;

type Format = keyof typeof signatures;

/** Whether the first bytes of a file are those of a format. */
export function startsAs(format: Format, bytes: Uint8Array): boolean {
  const {first} = signatures[format];
  return latin1(bytes.subarray(0, first.length)) === first;
}

/** Which end of a file is not that of its format; `undefined` if both are. Rejects with the file system's error. */
export async function findTornEnd(
  format: 'arrow' | 'png',
  handle: FileHandle,
  sizeBytes: number,
): Promise<'start' | 'end' | undefined> {
  const {first, last, minBytes} = signatures[format];
  if (!startsAs(format, await readUpTo(handle, 0, first.length))) return 'start';
  if (sizeBytes < minBytes) return 'end';
  const end = await readUpTo(handle, sizeBytes - last.length, last.length);
  return latin1(end) === last ? undefined : 'end';
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
