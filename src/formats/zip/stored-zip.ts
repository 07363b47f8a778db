import type {FileHandle} from 'node:fs/promises';
import {crc32} from 'node:zlib';
import {fromRandomAccessReaderPromise, type Entry, type ZipFile} from 'yauzl';
import {CorruptFile, FileFault, UnsupportedFile} from '../file-fault.ts';
import {readExactly} from '../read-exactly.ts';
import {ZipReader} from './zip-reader.ts';

/** A range of an entry's bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly count: number;
}

/**
 * A zip file whose entries are stored uncompressed, so that any part of one can be read by itself. Compressed and
 * encrypted entries are refused. Nothing is ever unpacked: an entry's name is only a key.
 */
export class StoredZip {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #sizeBytes: number;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(
    path: string,
    opened: {handle: FileHandle; sizeBytes: number; zip: ZipFile; entries: Map<string, Entry>},
  ) {
    this.#path = path;
    this.#handle = opened.handle;
    this.#sizeBytes = opened.sizeBytes;
    this.#zip = opened.zip;
    this.#entries = opened.entries;
  }

  /**
   * Reads the directory of entries. The caller keeps the handle, and closes it after the last read.
   * @throws CorruptFile, UnsupportedFile; or the file system's error
   */
  static async open(handle: FileHandle, path: string): Promise<StoredZip> {
    const {size: sizeBytes} = await handle.stat();
    try {
      const reader = new ZipReader(handle.fd, sizeBytes);
      const zip = await fromRandomAccessReaderPromise(reader, sizeBytes, {autoClose: false});
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        assertStored(entry, path);
        if (entries.has(entry.fileName)) {
          throw new CorruptFile(path, `damaged: it has two entries ${entry.fileName}`);
        }
        entries.set(entry.fileName, entry);
      }
      return new StoredZip(path, {handle, sizeBytes, zip, entries});
    } catch (cause) {
      throw zipFault(path, cause);
    }
  }

  /** Names in the order of the directory. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The size of an entry in bytes, or `undefined` if there is no such entry. */
  sizeBytes(name: string): number | undefined {
    return this.#entries.get(name)?.uncompressedSize;
  }

  /**
   * Reads part of an entry, into memory of its own. An entry that is read whole is compared with its checksum.
   * @throws CorruptFile; or the file system's error
   */
  async read(name: string, range: ByteRange): Promise<Buffer<ArrayBuffer>> {
    const {offset, count} = range;
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new CorruptFile(this.#path, `it has no entry ${name}`);
    const begin = (await this.#dataBegin(entry)) + offset;
    if (offset + count > entry.uncompressedSize || begin + count > this.#sizeBytes) {
      throw new CorruptFile(this.#path, `damaged: ${name} does not fit into it`);
    }
    const file = {handle: this.#handle, path: this.#path};
    const bytes = await readExactly(file, begin, count, name);
    if (count === entry.uncompressedSize && crc32(bytes) !== entry.crc32) {
      throw new CorruptFile(this.#path, `damaged: the checksum of ${name} does not match`);
    }
    return bytes;
  }

  async #dataBegin(entry: Entry): Promise<number> {
    try {
      return (await this.#zip.readLocalFileHeaderPromise(entry, {minimal: true})).fileDataStart;
    } catch (cause) {
      throw zipFault(this.#path, cause);
    }
  }
}

function assertStored(entry: Entry, path: string): void {
  const {fileName, compressionMethod, compressedSize, uncompressedSize} = entry;
  if (entry.isEncrypted()) throw new UnsupportedFile(path, `${fileName} is encrypted`);
  if (compressionMethod !== 0) {
    throw new UnsupportedFile(path, `${fileName} is compressed, which PyTorch does not do`);
  }
  if (compressedSize !== uncompressedSize) {
    throw new CorruptFile(path, `damaged: ${fileName} has two sizes`);
  }
}

/** The library's errors are about the file's bytes, unless they come from the system. */
function zipFault(path: string, cause: unknown): unknown {
  if (cause instanceof FileFault || !(cause instanceof Error) || 'code' in cause) return cause;
  const reason = cause.message.replace(/\.$/, '');
  return new CorruptFile(path, `cut short or damaged (${reason})`, {cause});
}
