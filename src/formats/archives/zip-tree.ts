import {isUtf8} from 'node:buffer';
import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {crc32, inflateRawSync} from 'node:zlib';
import {fromRandomAccessReaderPromise, type Entry} from 'yauzl';
import {isLitter} from '../../base/litter.ts';
import {CorruptFile} from '../file-fault.ts';
import {startsAs} from '../signature.ts';
import {ZipReader} from '../zip/zip-reader.ts';
import {quotedName, safePath, TreeMeter} from './tree-file.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';

/** Size of the fixed part of a local header; the entry's name and an extra field follow it. */
const localHeaderBytes = 30;
/** Extra bytes to read along with the data, so that most entries take one read. */
const likelyExtraBytes = 128;

/** The files of a zip archive, in the order of its directory. @throws CorruptFile, see `readTree` */
export async function* readZip(
  archive: string,
  limits: TreeLimits,
): AsyncGenerator<TreeFile, undefined> {
  const descriptor = openSync(archive, 'r');
  try {
    const {size: sizeBytes} = fstatSync(descriptor);
    const reader = new ZipReader(descriptor, sizeBytes);
    const entries = await readDirectory({archive, reader, sizeBytes}, limits);
    for (const [path, entry] of entries) {
      yield {path, read: async () => readEntry({archive, sizeBytes, descriptor, path, entry})};
    }
  } finally {
    closeSync(descriptor);
  }
  return undefined;
}

/** The files in the directory at the archive's end. Their total size is checked before any is read. */
async function readDirectory(
  zip: OpenedZip,
  limits: TreeLimits,
): Promise<readonly (readonly [string, Entry])[]> {
  const {archive} = zip;
  const meter = new TreeMeter(archive, limits);
  const files: (readonly [string, Entry])[] = [];
  for (const entry of await listEntries(zip, limits)) {
    const path = safePath(nameOf(entry), archive);
    if (isFolder(entry)) continue;
    assertFile(entry, archive);
    if (isLitter(path)) continue;
    meter.addFile(path, entry.uncompressedSize);
    meter.addBytes(entry.uncompressedSize);
    files.push([path, entry]);
  }
  return files;
}

interface OpenedZip {
  readonly archive: string;
  readonly reader: ZipReader;
  readonly sizeBytes: number;
}

async function listEntries(
  {archive, reader, sizeBytes}: OpenedZip,
  {maxFiles}: TreeLimits,
): Promise<readonly Entry[]> {
  try {
    const zip = await fromRandomAccessReaderPromise(reader, sizeBytes, {autoClose: false});
    if (zip.entryCount > 2 * maxFiles) {
      throw new CorruptFile(archive, `refused: it has more than ${maxFiles} files`);
    }
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entry);
    return entries;
  } catch (cause) {
    if (cause instanceof CorruptFile) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptFile(archive, `its directory is damaged or refused: ${reason}`, {cause});
  }
}

/** Where names are bytes that nearly always are UTF-8: Unix and macOS (APPNOTE 4.4.2.2). */
const unixHosts: ReadonlySet<number> = new Set([3, 19]);
/** What says in which characters a name is: a flag, or an extra field that repeats the name (APPNOTE 4.4.4, 4.6.9). */
const [utf8Flag, unicodePathId] = [0x800, 0x7075];

/**
 * The name of an entry. Info-ZIP on Linux writes UTF-8 and does not say so; the format's own rule would make nonsense of it, so
 * that such bytes are read as `unzip` reads them.
 */
function nameOf(entry: Entry): string {
  const {fileName, fileNameRaw, generalPurposeBitFlag, extraFields, versionMadeBy} = entry;
  const isSaid =
    (generalPurposeBitFlag & utf8Flag) !== 0 || extraFields.some(({id}) => id === unicodePathId);
  const isUnix = unixHosts.has(versionMadeBy >> 8);
  return isUnix && !isSaid && isUtf8(fileNameRaw) ? fileNameRaw.toString('utf8') : fileName;
}

/**
 * The kinds of a Unix file (`S_IFMT` of stat.h), by the upper half of an entry's attributes; an entry without one is a
 * file.
 */
const kinds: ReadonlyMap<number, string> = new Map([
  [0, 'file'],
  [0o010000, 'fifo'],
  [0o020000, 'character-device'],
  [0o040000, 'folder'],
  [0o060000, 'block-device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o140000, 'socket'],
]);

function kindOf({externalFileAttributes}: Entry): string {
  return kinds.get((externalFileAttributes >>> 16) & 0o170000) ?? 'thing of unknown kind';
}

function isFolder(entry: Entry): boolean {
  return /[/\\]$/.test(entry.fileName) || kindOf(entry) === 'folder';
}

function assertFile(entry: Entry, archive: string): void {
  const refuse = (what: string): never => {
    throw new CorruptFile(archive, `refused: its entry ${quotedName(nameOf(entry))} ${what}`);
  };
  const kind = kindOf(entry);
  if (kind !== 'file') refuse(`is a ${kind}`);
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
  // Checked before memory is allocated.
  if (from + fixed + entry.compressedSize > sizeBytes) {
    throw new CorruptFile(archive, `its entry ${path} is cut short`);
  }
  const near = readAt(descriptor, from, fixed + likelyExtraBytes + entry.compressedSize);
  if (near.length < localHeaderBytes || !startsAs('zip', near)) {
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
