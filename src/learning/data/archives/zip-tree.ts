import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {crc32, inflateRawSync} from 'node:zlib';
import {open as openZip, type Entry, type ZipFile} from 'yauzl';
import {CorruptFile} from '../../../container/file-fault.ts';
import {isLitter, safePath, TreeMeter} from './tree-file.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';

/** What stands before an entry's data: so many bytes, its name, and an extra field of its own. */
const localHeaderBytes = 30;
/** Read along with the data, so that most entries take one read. */
const likelyExtraBytes = 128;

/** The files of a zip archive, in the order of its directory. @throws CorruptFile, see `readTree` */
export async function* readZip(
  archive: string,
  limits: TreeLimits,
): AsyncGenerator<TreeFile, undefined> {
  const entries = await readDirectory(archive, limits);
  const descriptor = openSync(archive, 'r');
  try {
    const {size: sizeBytes} = fstatSync(descriptor);
    for (const [path, entry] of entries) {
      yield {path, read: async () => readEntry({archive, sizeBytes, descriptor, path, entry})};
    }
  } finally {
    closeSync(descriptor);
  }
  return undefined;
}

/** The files that the directory at the archive's end lists. What they add up to is known before any is read. */
async function readDirectory(
  archive: string,
  limits: TreeLimits,
): Promise<readonly (readonly [string, Entry])[]> {
  const meter = new TreeMeter(archive, limits);
  const files: (readonly [string, Entry])[] = [];
  for (const entry of await listEntries(archive, limits)) {
    const path = safePath(entry.fileName, archive);
    if (path.endsWith('/')) continue;
    assertFile(entry, archive);
    if (isLitter(path)) continue;
    meter.addFile(path, entry.uncompressedSize);
    meter.addBytes(entry.uncompressedSize);
    files.push([path, entry]);
  }
  return files;
}

async function listEntries(archive: string, {maxFiles}: TreeLimits): Promise<readonly Entry[]> {
  try {
    const zip = await new Promise<ZipFile>((resolve, reject) => {
      openZip(archive, {lazyEntries: true, autoClose: true}, (error, opened) => {
        if (error) reject(error);
        else resolve(opened);
      });
    });
    if (zip.entryCount > 2 * maxFiles) {
      throw new CorruptFile(archive, `refused: it has more than ${maxFiles} files`);
    }
    return await new Promise<readonly Entry[]>((resolve, reject) => {
      const entries: Entry[] = [];
      zip.on('error', reject);
      zip.on('end', () => resolve(entries));
      zip.on('entry', (entry: Entry) => {
        entries.push(entry);
        zip.readEntry();
      });
      zip.readEntry();
    });
  } catch (cause) {
    if (cause instanceof CorruptFile) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptFile(archive, `its directory is damaged or refused: ${reason}`, {cause});
  }
}

/** The kind of a Unix file, and the kind that a link has, in the upper half of an entry's attributes. */
const [kindMask, link] = [0o170000, 0o120000];

function assertFile(entry: Entry, archive: string): void {
  const refuse = (what: string): never => {
    throw new CorruptFile(archive, `refused: its entry ${JSON.stringify(entry.fileName)} ${what}`);
  };
  if (((entry.externalFileAttributes >>> 16) & kindMask) === link) refuse('is a symlink');
  if (entry.generalPurposeBitFlag & 1) refuse('is encrypted');
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    refuse(`is packed in a way that is not supported (method ${entry.compressionMethod})`);
  }
}

interface PlacedEntry {
  readonly archive: string;
  readonly sizeBytes: number;
  readonly descriptor: number;
  readonly path: string;
  readonly entry: Entry;
}

function readEntry(placed: PlacedEntry): Uint8Array {
  const {entry, path, archive} = placed;
  const packed = packedBytes(placed);
  try {
    const bytes =
      entry.compressionMethod === 0
        ? packed
        : inflateRawSync(packed, {maxOutputLength: Math.max(1, entry.uncompressedSize)});
    if (bytes.length === entry.uncompressedSize && crc32(bytes) === entry.crc32) return bytes;
  } catch (cause) {
    throw new CorruptFile(archive, `its entry ${path} is damaged, or larger than it says`, {cause});
  }
  throw new CorruptFile(archive, `its entry ${path} is damaged`);
}

function packedBytes({descriptor, entry, path, archive, sizeBytes}: PlacedEntry): Uint8Array {
  const from = entry.relativeOffsetOfLocalHeader;
  const fixed = localHeaderBytes + entry.fileNameLength;
  // Before memory is asked for.
  if (from + fixed + entry.compressedSize > sizeBytes) {
    throw new CorruptFile(archive, `its entry ${path} is cut short`);
  }
  const near = readAt(descriptor, from, fixed + likelyExtraBytes + entry.compressedSize);
  if (near.length < localHeaderBytes || near.readUInt32LE(0) !== 0x04034b50) {
    throw new CorruptFile(archive, `its entry ${path} is not where the directory says`);
  }
  const begin = localHeaderBytes + near.readUInt16LE(26) + near.readUInt16LE(28);
  const end = begin + entry.compressedSize;
  const bytes =
    end <= near.length
      ? near.subarray(begin, end)
      : readAt(descriptor, from + begin, entry.compressedSize);
  if (bytes.length === entry.compressedSize) return bytes;
  throw new CorruptFile(archive, `its entry ${path} is cut short`);
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, position));
}
