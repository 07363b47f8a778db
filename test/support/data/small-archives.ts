import {crc32, deflateRawSync, deflateSync} from 'node:zlib';
import {buffer} from 'node:stream/consumers';
import {encode as encodePng} from 'fast-png';
import {encode as encodeJpeg} from 'jpeg-js';
import {pack, type Headers} from 'tar-stream';

/** A file of an archive, or another kind of entry if `header` says so. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly header?: Partial<Headers> & {readonly pax?: Readonly<Record<string, string>>};
}

/** A tar archive. */
export async function tarOf(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const {name, content = '', header} of entries) {
    archive.entry({...header, name}, Buffer.from(content as Uint8Array));
  }
  archive.finalize();
  return await buffer(archive);
}

/** A header of a tar archive with the given fields and the right checksum. */
export function tarBlock(of: {
  readonly name: string;
  /** The twelve bytes of the size. */
  readonly size: Uint8Array | string;
  readonly kind?: string;
  readonly mark?: string;
}): Buffer {
  const {name, size, kind = '0', mark = 'ustar\x0000'} = of;
  const block = Buffer.alloc(512);
  block.write(name);
  block.set(Buffer.from(size as Uint8Array), 124);
  block.write(kind, 156, 'latin1');
  block.write(mark, 257, 'latin1');
  sealTarBlock(block);
  return block;
}

/** Writes a header's checksum into it. */
export function sealTarBlock(block: Buffer): void {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** An entry of a zip archive, with false data for its directory if given. */
export interface ZipEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  readonly saysBytes?: number;
  /** Kind and permissions, as in Unix. */
  readonly mode?: number;
  readonly method?: number;
  /** The system that it was made on, as the format numbers them: Unix unless said. */
  readonly host?: number;
  /** The bytes of its name, of which nothing says what they are. */
  readonly rawName?: Uint8Array;
}

/** The flag that names are UTF-8. */
const utf8Flag = 0x800;

/** A zip archive. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const {name, content = '', saysBytes, mode = 0o100644, method = 8, host = 3, rawName} = entry;
    const nameBytes = Buffer.from(rawName ?? Buffer.from(name));
    const raw = Buffer.from(content as Uint8Array);
    const packed = method === 8 ? deflateRawSync(raw) : raw;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(rawName ? 0 : utf8Flag, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(saysBytes ?? raw.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    const made = Buffer.from([20, host]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), made, common, rest, nameBytes]));
    files.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listing, end]);
}

/**
 * A zip archive whose end (Zip64) places its directory beyond all exact numbers. @param endAt the offset that it gives
 * for that end
 */
export function zipBeyondNumbers(zip: Buffer, endAt = zip.length - 22): Buffer {
  const [files, last] = [zip.subarray(0, -22), zip.subarray(-22)];
  const end = Buffer.alloc(56);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(1n, 32);
  end.writeBigUInt64LE(2n ** 60n, 48);
  const place = Buffer.alloc(20);
  place.writeUInt32LE(0x07064b50, 0);
  place.writeBigUInt64LE(BigInt(endAt), 8);
  return Buffer.concat([files, end, place, last]);
}

/** A picture of a few soft colours, which differs for each number. */
export function rgbPixels(width: number, height: number, number: number): Uint8Array {
  return Uint8Array.from({length: width * height * 3}, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return (40 * number + 3 * x + 5 * y + 60 * c) % 256;
  });
}

export function jpegOf(width: number, height: number, number: number): Buffer {
  const rgb = rgbPixels(width, height, number);
  const rgba = Uint8Array.from({length: width * height * 4}, (_, i) =>
    i % 4 === 3 ? 255 : rgb[Math.floor(i / 4) * 3 + (i % 4)]!,
  );
  return encodeJpeg({width, height, data: rgba}, 95).data;
}

export function pngOf(width: number, height: number, number: number): Uint8Array {
  return encodePng({width, height, data: rgbPixels(width, height, number), channels: 3});
}

/** The pictures of an image folder: a number of pictures for each class and split. */
export function folderEntries(
  root: string,
  counts: Readonly<Record<string, number>>,
  {classes = ['ant', 'bee'], size = 8} = {},
): readonly ArchiveEntry[] {
  return Object.entries(counts).flatMap(([split, count], s) =>
    classes.flatMap((name, c) =>
      Array.from({length: count}, (_, n) => ({
        name: `${root}${split}/${name}/${n}.jpg`,
        content: jpegOf(size, size, 7 * s + 3 * c + n),
      })),
    ),
  );
}

/** An array of a MATLAB level 5 file: bytes with these extents, in column-major order. */
export interface MatlabEntry {
  readonly name: string;
  readonly extents: readonly number[];
  readonly values: Uint8Array;
}

/** A MATLAB level 5 file, with its arrays compressed or not. */
export function matOf(arrays: readonly MatlabEntry[], {compressed = true} = {}): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, made by a test', 'latin1');
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126, 'latin1');
  const elements = arrays.map(({name, extents, values}) => {
    const parts = [
      matElement(6, uint32s(9, 0)),
      matElement(5, uint32s(...extents)),
      matElement(1, Buffer.from(name)),
      matElement(2, values),
    ];
    const matrix = matElement(14, Buffer.concat(parts));
    if (!compressed) return matrix;
    const packed = deflateSync(matrix);
    return Buffer.concat([uint32s(15, packed.length), packed]);
  });
  return Buffer.concat([header, ...elements]);
}

/** Up to four bytes are stored in the tag itself; longer data is padded to a multiple of eight. */
function matElement(type: number, data: Uint8Array): Buffer {
  if (data.length > 0 && data.length <= 4) {
    return Buffer.concat([
      uint32s((data.length << 16) | type),
      data,
      Buffer.alloc(4 - data.length),
    ]);
  }
  return Buffer.concat([uint32s(type, data.length), data, Buffer.alloc(-data.length & 7)]);
}

function uint32s(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes;
}
