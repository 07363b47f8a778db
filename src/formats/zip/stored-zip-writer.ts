import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';
import {crc32} from 'node:zlib';

/** Alignment of the bytes of entries: PyTorch maps them into memory, and no zip library pads. */
const alignment = 64;

/** The largest values of fields; larger ones need fields of the 64-bit extension. */
const most = {count: 0xffff, size: 0xffffffff} as const;

/**
 * 1 January 1980, the first date that zip files can express; it is fixed so that the same entries give the same bytes.
 */
const day = 0x0021;

/** Small parts are collected until they have this many bytes, and then written together. */
const writeBytes = 1 << 20;

/** Largest write: no system writes 2 GiB or more in one call. */
const maxAtOnce = 1 << 30;

interface WrittenEntry {
  readonly name: Buffer;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly offset: number;
}

/**
 * Writes a zip file of stored entries, one after the other; only the current entry is in memory. Dispose it in any
 * case; a file is complete only after `finish`.
 */
export class StoredZipWriter implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #entries: WrittenEntry[] = [];
  /** The position of the next part. */
  #offset = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<StoredZipWriter> {
    return new StoredZipWriter(await open(path, 'w'));
  }

  /** Adds an entry, whose bytes must not change until the file is finished. Throws a `RangeError` if it has 4 GiB or more. */
  async add(name: string, content: Uint8Array): Promise<void> {
    if (content.length >= most.size) {
      throw new RangeError(
        `Entry ${name} has ${content.length} bytes, of which 4 GiB are too many.`,
      );
    }
    const entry = {
      name: Buffer.from(name),
      crc: crc32(content),
      sizeBytes: content.length,
      offset: this.#offset,
    };
    this.#entries.push(entry);
    await this.#append(localHeader(entry));
    await this.#append(content);
  }

  /** Writes the directory of entries and closes the complete file. */
  async finish(): Promise<void> {
    const begin = this.#offset;
    for (const entry of this.#entries) await this.#append(listedHeader(entry));
    await this.#append(endOfList(this.#entries.length, begin, this.#offset));
    await this.#flush();
    await this.#file.close();
  }

  /** Closes the file, complete or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    if (bytes.length >= writeBytes) {
      await this.#flush();
      await this.#write(bytes);
      return;
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= writeBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const count = Math.min(bytes.length - written, maxAtOnce);
      written += (await this.#file.write(bytes, written, count)).bytesWritten;
    }
  }
}

/** The header before an entry's bytes, padded by a meaningless field. */
function localHeader(entry: WrittenEntry): Buffer {
  const head = Buffer.alloc(30 + entry.name.length + 4);
  head.writeUInt32LE(0x04034b50, 0);
  writeCommon(head, 4, entry);
  entry.name.copy(head, 30);
  const padding = (alignment - ((entry.offset + head.length) % alignment)) % alignment;
  head.writeUInt16LE(4 + padding, 28);
  head.write('FB', 30 + entry.name.length, 'latin1');
  head.writeUInt16LE(padding, 30 + entry.name.length + 2);
  return Buffer.concat([head, Buffer.alloc(padding)]);
}

function listedHeader(entry: WrittenEntry): Buffer {
  const isFar = entry.offset >= most.size;
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(45, 4);
  writeCommon(head, 6, entry);
  head.writeUInt16LE(isFar ? 12 : 0, 30);
  head.writeUInt32LE(Math.min(entry.offset, most.size), 42);
  const far = Buffer.alloc(isFar ? 12 : 0);
  if (isFar) {
    far.writeUInt16LE(1, 0);
    far.writeUInt16LE(8, 2);
    far.writeBigUInt64LE(BigInt(entry.offset), 4);
  }
  return Buffer.concat([head, entry.name, far]);
}

/** Writes the part that both headers of an entry share, from the version that is needed to the length of the name. */
function writeCommon(head: Buffer, at: number, {name, crc, sizeBytes}: WrittenEntry): void {
  head.writeUInt16LE(45, at);
  head.writeUInt16LE(1 << 11, at + 2); // Names are UTF-8.
  head.writeUInt16LE(day, at + 8);
  head.writeUInt32LE(crc, at + 10);
  head.writeUInt32LE(sizeBytes, at + 14);
  head.writeUInt32LE(sizeBytes, at + 18);
  head.writeUInt16LE(name.length, at + 22);
}

function endOfList(count: number, begin: number, end: number): Buffer {
  const last = Buffer.alloc(22);
  last.writeUInt32LE(0x06054b50, 0);
  last.writeUInt16LE(Math.min(count, most.count), 8);
  last.writeUInt16LE(Math.min(count, most.count), 10);
  last.writeUInt32LE(Math.min(end - begin, most.size), 12);
  last.writeUInt32LE(Math.min(begin, most.size), 16);
  if (count < most.count && end < most.size) return last;
  return Buffer.concat([largeEnd(count, begin, end), last]);
}

/** The end of the directory in the 64-bit extension, and its position. */
function largeEnd(count: number, begin: number, end: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(end - begin), 40);
  record.writeBigUInt64LE(BigInt(begin), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(end), 56 + 8);
  record.writeUInt32LE(1, 56 + 16);
  return record;
}
