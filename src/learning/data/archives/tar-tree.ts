import {createReadStream} from 'node:fs';
import {Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {extract, type Entry, type Extract, type Headers} from 'tar-stream';
import {CorruptFile, FileFault} from '../../../container/file-fault.ts';
import {isLitter, safePath, TreeMeter} from './tree-file.ts';
import type {TreeFile, TreeLimits} from './tree-file.ts';

/** Large pieces: tens of thousands of small files are read one after the other. */
const chunkBytes = 1 << 20;

/** The files of a tar archive, in its order. @throws CorruptFile, see `readTree` */
export async function* readTar(
  archive: string,
  {gzipped, ...limits}: TreeLimits & {readonly gzipped: boolean},
): AsyncGenerator<TreeFile, undefined> {
  const meter = new TreeMeter(archive, limits);
  const stop = new AbortController();
  const entries = extract();
  const feeding = feed(archive, entries, {gzipped, meter, signal: stop.signal});
  // Its error arrives by way of `entries`; here it would be one that nobody awaits.
  feeding.catch(() => undefined);
  const faultOf = async (thrown: unknown): Promise<FileFault> => {
    if (thrown instanceof FileFault) return thrown;
    // The first thing that went wrong, not what it did to the streams behind it.
    const [fed] = await Promise.allSettled([feeding]);
    const cause: unknown = fed.status === 'rejected' ? fed.reason : thrown;
    if (cause instanceof FileFault) return cause;
    return new CorruptFile(archive, 'its data is damaged or cut short', {cause});
  };
  try {
    for await (const file of filesOf(entries, archive, meter)) {
      const read = (): Promise<Uint8Array> =>
        file.read().catch(async (error: unknown) => {
          throw await faultOf(error);
        });
      yield {...file, read};
    }
    await feeding;
  } catch (error) {
    throw await faultOf(error);
  } finally {
    stop.abort();
  }
  return undefined;
}

async function feed(
  archive: string,
  entries: Extract,
  {gzipped, meter, signal}: {gzipped: boolean; meter: TreeMeter; signal: AbortSignal},
): Promise<void> {
  const file = createReadStream(archive, {highWaterMark: chunkBytes});
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      try {
        meter.addBytes(chunk.length);
        done(undefined, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  if (!gzipped) return await pipeline(file, counter, entries, {signal});
  await pipeline(file, createGunzip({chunkSize: chunkBytes}), counter, entries, {signal});
}

async function* filesOf(
  entries: Extract,
  archive: string,
  meter: TreeMeter,
): AsyncGenerator<TreeFile> {
  for await (const entry of entries) {
    const {header} = entry;
    if (header.type === 'directory') {
      entry.resume();
      continue;
    }
    const path = safePath(header.name, archive);
    assertFile(header, archive);
    if (isLitter(path)) {
      entry.resume();
      continue;
    }
    meter.addFile(path, header.size ?? 0);
    let isRead = false;
    yield {
      path,
      read: () => {
        isRead = true;
        return contentOf(entry, header.size ?? 0);
      },
    };
    if (!isRead) entry.resume();
  }
}

function assertFile({name, type}: Headers, archive: string): void {
  if (type === 'file' || type === 'contiguous-file') return;
  throw new CorruptFile(
    archive,
    `refused: its entry ${JSON.stringify(name)} is a ${type ?? 'thing'}`,
  );
}

async function contentOf(entry: Entry, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const chunk of entry as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes;
}
