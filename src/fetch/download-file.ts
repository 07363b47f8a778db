import {mkdir, rename} from 'node:fs/promises';
import path from 'node:path';
import {randomInt} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {exists} from '../base/exists.ts';
import {FileFault} from '../formats/file-fault.ts';
import type {SourceFile} from './source-file.ts';
import {PartialFile} from './partial-file.ts';
import {TransferError, transfer} from './transfer.ts';

/** A source cannot be reached, or has no such file. */
export class UnavailableSource extends FileFault {
  override readonly name = 'UnavailableSource';
  /** Whether there is no connection to it. */
  readonly isUnreachable: boolean;

  constructor(
    file: string,
    sentence: string,
    options: ErrorOptions & {readonly isUnreachable?: boolean} = {},
  ) {
    super(file, sentence, options);
    this.isUnreachable = options.isUnreachable === true;
  }
}

export interface DownloadOptions {
  /** The folder of downloads; created on demand. A download continues from what an earlier attempt left there. */
  readonly folder: string;
  /** Aborts a download. */
  readonly signal: AbortSignal;
  /** Called for every megabyte of a download; `totalBytes` is absent if the size is not known. */
  readonly onProgress?: (receivedBytes: number, totalBytes?: number) => void;
  /** Waits before the next try. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Number of consecutive tries without any new bytes before giving up. */
const maxVainTries = 5;
/** Wait before the second try, which doubles with each further one; and its limit. */
const [firstWaitMs, longestWaitMs] = [500, 30_000];

/**
 * Downloads a file, resuming after interruptions if the server allows it, and returns its path. Does not check its
 * checksum.
 * @throws UnavailableSource if the download fails
 */
export async function downloadFile(
  url: string,
  file: SourceFile,
  options: DownloadOptions,
): Promise<{readonly path: string; readonly isResumed: boolean}> {
  const {folder, signal, onProgress, wait = realWait} = options;
  const target = path.join(folder, path.basename(file.name));
  if (await exists(target)) return {path: target, isResumed: true};
  assertSafe(url, file);
  await mkdir(folder, {recursive: true});
  const partial = new PartialFile(`${target}.part`);
  let isResumed = false;
  for (let vain = 0; ;) {
    const before = await partial.size();
    try {
      const resumed = await transfer(url, file, partial, {signal, ...(onProgress && {onProgress})});
      isResumed ||= resumed;
      break;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof TransferError)) throw error;
      isResumed = true;
      vain = (await partial.size()) > before ? 1 : vain + 1;
      if (!error.isPassing || vain >= maxVainTries) {
        const {message, isUnreachable} = error;
        throw new UnavailableSource(url, message, {cause: error, isUnreachable});
      }
      await wait(waitMs(vain, error.retryAfterMs), signal);
    }
  }
  await rename(partial.path, target);
  await partial.forget();
  return {path: target, isResumed};
}

/** Requires TLS, or a local source, for files without digests, so that at least the server is known. */
function assertSafe(url: string, {digests}: SourceFile): void {
  const {protocol, hostname} = new URL(url);
  if (protocol === 'https:' || digests.length > 0) return;
  if (['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  throw new UnavailableSource(url, 'without a checksum, only https: is safe');
}

/**
 * A random time between half and all of a time that doubles, so that clients that were cut off together do not return
 * together.
 */
function waitMs(vain: number, retryAfterMs: number | undefined): number {
  const ms = Math.min(longestWaitMs, firstWaitMs * 2 ** (vain - 1));
  return Math.max((ms * (1000 + randomInt(1001))) / 2000, Math.min(retryAfterMs ?? 0, 60_000));
}

async function realWait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, {signal});
}
