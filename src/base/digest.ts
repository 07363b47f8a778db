import {createHash, hash} from 'node:crypto';
import {open} from 'node:fs/promises';
import {readFlags} from './read-text.ts';

/** The sha256 of bytes: 64 lower-case hexadecimal digits. Only this file makes digests. */
export type Digest = string & {readonly __brand: 'Digest'};

/** The digest of bytes, or of a text's UTF-8 encoding. */
export function digestOf(content: Uint8Array | string): Digest {
  return hash('sha256', content) as Digest;
}

/**
 * The digest of a file, read once from start to end. Rejects with the file system's error, also if the path is not a
 * file.
 * @param onBytes called with the number of bytes of each piece that was read
 */
export async function digestFile(path: string, onBytes?: (bytes: number) => void): Promise<Digest> {
  const handle = await open(path, readFlags);
  try {
    const state = await handle.stat();
    if (!state.isFile() && !state.isDirectory()) throw noFile(path);
    if (state.isFile() && state.size <= pieceBytes) {
      // A stream takes twice the time for a small file.
      const bytes = await handle.readFile();
      onBytes?.(bytes.length);
      return digestOf(bytes);
    }
    const sha256 = createHash('sha256');
    const pieces = handle.createReadStream({autoClose: false, highWaterMark: pieceBytes});
    for await (const chunk of pieces) {
      const bytes = chunk as Uint8Array;
      sha256.update(bytes);
      onBytes?.(bytes.length);
    }
    return sha256.digest('hex') as Digest;
  } finally {
    await handle.close();
  }
}

/** A file is read by this many bytes at a time. */
const pieceBytes = 1 << 20;

/** The error for a path that is not a file: a device may have no end, and a pipe waits for a writer. */
function noFile(path: string): NodeJS.ErrnoException {
  const error = new Error(`${path} is a pipe or a device`);
  return Object.assign(error, {code: 'EINVAL', syscall: 'open', path});
}

/** Parses a digest; `undefined` if the text is not one. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}
