import type {FileHandle} from 'node:fs/promises';
import {CorruptFile} from './file-fault.ts';

/** A file that is open, and what to call it in an error. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
}

/**
 * The `length` bytes from a position on, in memory of their own.
 * @param within what they belong to, for the error
 * @throws CorruptFile if the file ends before; or the file system's error
 */
export async function readExactly(
  file: OpenFile,
  position: number,
  length: number,
  within?: string,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.alloc(length);
  await fillExactly(file, position, bytes, within);
  return bytes;
}

/** As `readExactly`, into memory that is there already. */
export async function fillExactly(
  {handle, path}: OpenFile,
  position: number,
  bytes: Uint8Array,
  within?: string,
): Promise<void> {
  if ((await fill(handle, position, bytes)) === bytes.length) return;
  throw new CorruptFile(path, within === undefined ? 'cut short' : `it ends within ${within}`);
}

/** The bytes from a position on: `length` of them, or fewer where the file ends. */
export async function readUpTo(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, await fill(handle, position, bytes));
}

/** No system gives 2 GiB or more in one call. */
const maxAtOnce = 1 << 30;

/** Gives how many bytes there were. */
async function fill(handle: FileHandle, position: number, bytes: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const next = Math.min(bytes.length - filled, maxAtOnce);
    const {bytesRead} = await handle.read(bytes, filled, next, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
