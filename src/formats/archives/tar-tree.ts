import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {isLitter} from '../../base/litter.ts';
import {CorruptFile, FileFault} from '../file-fault.ts';
import {blockBytes, parseMeta, parseTarHeader} from './tar-header.ts';
import type {EntryFields, TarHeader, TarKind, TarMeta, TarNote} from './tar-header.ts';
import {quotedName, safePath, TreeMeter} from './tree-file.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';

// Our own reader, because tar-stream accepts pax headers and long names of any length before a caller can refuse them,
// and waits for ever for an entry whose size is no number.

/** Size of a read: large, because tens of thousands of small files are read one after the other. */
const chunkBytes = 1 << 20;

/**
 * Size limit of a header that precedes an entry: the limit of Go's archive/tar (`maxSpecialFileSize`) and npm's
 * node-tar (`maxMetaEntrySize`).
 */
const maxMetaBytes = 1 << 20;

/** The files of a tar archive, in its order. @throws CorruptFile, see `readTree` */
export async function* readTar(
  archive: string,
  {gzipped, ...limits}: TreeLimits & {readonly gzipped: boolean},
): AsyncGenerator<TreeFile, undefined> {
  const meter = new TreeMeter(archive, limits);
  const feed = new Feed(unpackedChunks(archive, gzipped, meter));
  const faultOf = (cause: unknown): FileFault =>
    cause instanceof FileFault
      ? cause
      : new CorruptFile(archive, 'its data is damaged or cut short', {cause});
  try {
    for await (const file of filesOf(feed, archive, meter)) {
      const read = (): Promise<Uint8Array> =>
        file.read().catch((error: unknown) => {
          throw faultOf(error);
        });
      yield {...file, read};
    }
  } catch (error) {
    throw faultOf(error);
  } finally {
    await feed.close();
  }
  return undefined;
}

async function* unpackedChunks(
  archive: string,
  gzipped: boolean,
  meter: TreeMeter,
): AsyncGenerator<Uint8Array, undefined> {
  const file = createReadStream(archive, {highWaterMark: chunkBytes});
  // An error of either stream surfaces at the last of the two.
  const last = gzipped
    ? pipeline(file, createGunzip({chunkSize: chunkBytes}), () => undefined)
    : file;
  for await (const chunk of last as AsyncIterable<Uint8Array>) {
    meter.addBytes(chunk.length);
    yield chunk;
  }
  return undefined;
}

/** Gives the bytes of chunks in pieces of any length. */
class Feed {
  readonly #chunks: AsyncGenerator<Uint8Array, undefined>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncGenerator<Uint8Array, undefined>) {
    this.#chunks = chunks;
  }

  /** The next bytes. @throws RangeError if fewer are left */
  async take(count: number): Promise<Buffer> {
    const bytes = Buffer.alloc(count);
    await this.#pass(count, (piece, at) => bytes.set(piece, at));
    return bytes;
  }

  /** Skips bytes. @throws RangeError if fewer are left */
  async skip(count: number): Promise<void> {
    await this.#pass(count, () => undefined);
  }

  /** Whether no bytes are left. */
  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined);
  }

  async #pass(count: number, take: (piece: Uint8Array, at: number) => void): Promise<void> {
    for (let passed = 0; passed < count;) {
      if (await this.isAtEnd()) throw new RangeError('the archive ends within an entry');
      const piece = this.#rest.subarray(0, count - passed);
      take(piece, passed);
      passed += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
  }
}

async function* filesOf(feed: Feed, archive: string, meter: TreeMeter): AsyncGenerator<TreeFile> {
  for await (const {name, kind, sizeBytes} of entriesOf(feed, archive)) {
    // A folder has no data, whatever its size says. The oldest tar marks a folder only by the slash.
    if (kind === 'folder' || (kind === 'file' && name.endsWith('/'))) continue;
    const paddedBytes = padded(sizeBytes);
    if (noteKinds.has(kind)) {
      await feed.skip(paddedBytes);
      continue;
    }
    const path = safePath(name, archive);
    if (kind !== 'file') refuse(archive, name, `is a ${kind}${adviceOn.get(kind) ?? ''}`);
    if (isLitter(path)) {
      await feed.skip(paddedBytes);
      continue;
    }
    meter.addFile(path, sizeBytes);
    let left = paddedBytes;
    yield {
      path,
      read: async () => {
        left -= sizeBytes;
        return await feed.take(sizeBytes);
      },
    };
    await feed.skip(left);
  }
}

const noteKinds: ReadonlySet<string> = new Set<TarNote>(['volume-label', 'listing']);

const adviceOn: ReadonlyMap<TarKind, string> = new Map([
  ['sparse file', ', which leaves out the zeros of a file: make the archive without -S (--sparse)'],
]);

/** The headers of entries, combined with the headers that precede them. The consumer has to skip an entry's data. */
async function* entriesOf(feed: Feed, archive: string): AsyncGenerator<TarHeader> {
  let ofAll: EntryFields = {};
  let ofNext: EntryFields = {};
  while (!(await feed.isAtEnd())) {
    const block = await feed.take(blockBytes);
    // Such blocks end an archive; another archive may follow.
    if (block.every((byte) => byte === 0)) continue;
    const header = parseTarHeader(block);
    if (header === undefined) throw new RangeError('a header is damaged');
    if (isMeta(header)) {
      const said = parseMeta(header.kind, await takeMeta(feed, header, archive));
      if (header.kind === 'global-pax') ofAll = {...ofAll, ...said};
      else ofNext = {...ofNext, ...said};
      continue;
    }
    const entry = {...header, ...ofAll, ...ofNext};
    ofNext = {};
    assertWhole(entry, archive);
    yield entry;
  }
}

const metaKinds: ReadonlySet<string> = new Set<TarMeta>([
  'pax',
  'global-pax',
  'long-name',
  'long-link',
]);

function isMeta(header: TarHeader): header is TarHeader & {readonly kind: TarMeta} {
  return metaKinds.has(header.kind);
}

/** Reads the contents of a header that precedes an entry. */
async function takeMeta(feed: Feed, header: TarHeader, archive: string): Promise<Buffer> {
  const {name, sizeBytes} = header;
  assertWhole(header, archive);
  if (sizeBytes > maxMetaBytes) {
    refuse(archive, name, `is a header of ${sizeBytes} bytes, more than ${maxMetaBytes}`);
  }
  const bytes = await feed.take(sizeBytes);
  await feed.skip(padded(sizeBytes) - sizeBytes);
  return bytes;
}

function assertWhole({name, sizeBytes}: TarHeader, archive: string): void {
  if (!Number.isNaN(sizeBytes)) return;
  refuse(archive, name, 'has a size that is no whole number of bytes, 0 or more');
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockBytes) * blockBytes;
}

function refuse(archive: string, name: string, reason: string): never {
  throw new CorruptFile(archive, `refused: its entry ${quotedName(name)} ${reason}`);
}
