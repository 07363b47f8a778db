import {gunzipSync} from 'node:zlib';
import {CorruptFile} from '../../../formats/file-fault.ts';
import type {ImageShape} from '../dataset.ts';

/** The magic number of an IDX file of unsigned bytes: its type and its number of dimensions. */
const magicOf = {images: 2051, labels: 2049} as const;

/** Several times the size of the largest known data set in IDX files. */
const maxUnpackedBytes = 2 ** 28;

/**
 * Reads the grey images of an IDX file, gzipped or not.
 * @param file its name in errors
 * @throws CorruptFile if it is in another format, or its size is not exactly what its header says
 */
export function parseIdxImages(
  bytes: Uint8Array,
  file: string,
): {readonly shape: ImageShape; readonly count: number; readonly pixels: Uint8Array} {
  const {extents, values} = parseIdx(bytes, 'images', file);
  const [count = 0, height = 0, width = 0] = extents;
  return {shape: {height, width, channels: 1}, count, pixels: values};
}

/**
 * Reads the labels of an IDX file, gzipped or not.
 * @param file its name in errors
 * @throws CorruptFile, as `parseIdxImages`
 */
export function parseIdxLabels(bytes: Uint8Array, file: string): Int32Array {
  return Int32Array.from(parseIdx(bytes, 'labels', file).values);
}

function parseIdx(
  packed: Uint8Array,
  kind: keyof typeof magicOf,
  file: string,
): {readonly extents: readonly number[]; readonly values: Uint8Array} {
  const bytes = unpack(packed, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = magicOf[kind];
  const dimensions = magic & 0xff;
  const headerBytes = 4 + 4 * dimensions;
  if (bytes.length < headerBytes || view.getUint32(0) !== magic) {
    throw new CorruptFile(file, `not an IDX file of ${kind} (it does not begin with ${magic})`);
  }
  const extents = Array.from({length: dimensions}, (_, i) => view.getUint32(4 + 4 * i));
  const expected = extents.reduce((product, extent) => product * extent, 1);
  const got = bytes.length - headerBytes;
  if (got !== expected) {
    const shape = extents.join(' × ');
    throw new CorruptFile(file, `${shape} ${kind} take ${expected} bytes, but it holds ${got}`);
  }
  // Not `subarray`, which would return Node's Buffer, whose `slice` behaves differently.
  return {extents, values: new Uint8Array(bytes.buffer, bytes.byteOffset + headerBytes, expected)};
}

function unpack(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, {maxOutputLength: maxUnpackedBytes});
  } catch (cause) {
    throw new CorruptFile(file, 'its gzip data is damaged or cut short', {cause});
  }
}
