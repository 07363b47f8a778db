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
 */
export async function digestFile(path: string): Promise<Digest> {
  const handle = await open(path, readFlags);
  try {
    const state = await handle.stat();
    if (!state.isFile() && !state.isDirectory()) throw noFile(path);
    const sha256 = createHash('sha256');
    for await (const chunk of handle.createReadStream({autoClose: false, highWaterMark: 1 << 20})) {
      sha256.update(chunk as Uint8Array);
    }
    return sha256.digest('hex') as Digest;
  } finally {
    await handle.close();
  }
}

/** The error for a path that is not a file: a device may have no end, and a pipe waits for a writer. */
function noFile(path: string): NodeJS.ErrnoException {
  const error = new Error(`${path} is a pipe or a device`);
  return Object.assign(error, {code: 'EINVAL', syscall: 'open', path});
}

/** Parses a digest; `undefined` if the text is not one. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}
