import {createHash, hash} from 'node:crypto';
import {createReadStream} from 'node:fs';

/** The sha256 of some bytes: 64 lower-case hexadecimal digits. Made only by this file. */
export type Digest = string & {readonly __brand: 'Digest'};

/** The digest of bytes, or of a text's UTF-8 encoding. */
export function digestOf(content: Uint8Array | string): Digest {
  return hash('sha256', content) as Digest;
}

/** The digest of a file, read once from start to end. Rejects with the file system's error. */
export async function digestFile(path: string): Promise<Digest> {
  const sha256 = createHash('sha256');
  for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) {
    sha256.update(chunk as Uint8Array);
  }
  return sha256.digest('hex') as Digest;
}

/** Text that claims to be a digest, or `undefined` if it cannot be one. */
export function parseDigest(text: unknown): Digest | undefined {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}
