import {createHash} from 'node:crypto';
import {createWriteStream} from 'node:fs';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {Artifact} from '../store/records/record.ts';
import {asRemoteError} from './exchange.ts';

/**
 * Writes bytes from elsewhere to a file while they are checked. Gives what is wrong with them, as the end of a sentence.
 * Rejects with a `RemoteError` if they break off, and with the system's error if they cannot be written.
 */
export async function receiveFile(
  bytes: Readable,
  file: string,
  {digest, sizeBytes}: Artifact,
): Promise<string | undefined> {
  const sha256 = createHash('sha256');
  let size = 0;
  class TooLong extends Error {}
  const check = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of unbroken(chunks)) {
      size += chunk.length;
      if (size > sizeBytes) throw new TooLong();
      sha256.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(bytes, check, createWriteStream(file));
  } catch (error) {
    if (error instanceof TooLong) return `is longer than ${sizeBytes} bytes`;
    throw error;
  }
  if (size < sizeBytes) return `ends after ${size} of ${sizeBytes} bytes`;
  return sha256.digest('hex') === digest ? undefined : 'has other bytes than its name says';
}

/**
 * Reads text from elsewhere; `undefined` if there are more than so many bytes. Rejects with a `RemoteError` if they break
 * off.
 */
export async function receiveText(bytes: Readable, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of unbroken(bytes as AsyncIterable<Buffer>)) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop destroys the stream.
    if (size > maxBytes) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The same chunks; an error of their source is one of the remote cache. */
async function* unbroken(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw asRemoteError(error);
  }
}
