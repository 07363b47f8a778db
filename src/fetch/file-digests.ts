import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';

/** Computes the digests that sources publish of their files, in one pass. */
export async function digestsOf(
  path: string,
): Promise<{readonly sha256: string; readonly md5: string}> {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')];
  for await (const chunk of createReadStream(path, {highWaterMark: 1 << 20})) {
    sha256.update(chunk as Uint8Array);
    md5.update(chunk as Uint8Array);
  }
  return {sha256: sha256.digest('hex'), md5: md5.digest('hex')};
}
