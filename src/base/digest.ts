import {createHash, hash} from 'node:crypto';
import {open} from 'node:fs/promises';
import {readFlags} from './read-text.ts';

/** The sha256 of some bytes: 64 lower-case hexadecimal digits. Made only by this file. */
export type Digest = string & {readonly __brand: 'Digest'};

/** The digest of bytes, or of a text's UTF-8 encoding. */
export function digestOf(content: Uint8Array | string): Digest {
  return hash('sha256', content) as Digest;
}

/** The digest of a file, read once from start to end. Rejects with the file system's error, also of what is no file. */
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

/** A device may go on for ever, and a pipe waits for whoever writes to it. */
function noFile(path: string): NodeJS.ErrnoException {
  const error = new Error(`${path} is a pipe or a device`);
  return Object.assign(error, {code: 'EINVAL', syscall: 'open', path});
}

/** Text that claims to be a digest, or `undefined` if it cannot be one. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}
