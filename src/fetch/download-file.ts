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
}

export interface DownloadOptions {
  /** Where downloads are put; made when it is needed. What an earlier try has left there is gone on with. */
  readonly folder: string;
  /** Ends a download. */
  readonly signal: AbortSignal;
  /** Called for every megabyte of a download; `totalBytes` is absent where nobody says. */
  readonly onProgress?: (receivedBytes: number, totalBytes?: number) => void;
  /** How to wait before another try. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Tries in a row of which none brings anything. */
const maxVainTries = 5;
/** Before the second try; twice that before the third, and so on. */
const [firstWaitMs, longestWaitMs] = [500, 30_000];

/**
 * Downloads a file, going on after drops where the server lets it, and gives where it is. Its checksum is not looked at.
 * @throws UnavailableSource if it cannot be had
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
        throw new UnavailableSource(url, error.message, {cause: error});
      }
      await wait(waitMs(vain, error.retryAfterMs), signal);
    }
  }
  await rename(partial.path, target);
  await partial.forget();
  return {path: target, isResumed};
}

/** Of what nothing identifies, at least the server is known; that needs TLS, or no network at all. */
function assertSafe(url: string, {digests}: SourceFile): void {
  const {protocol, hostname} = new URL(url);
  if (protocol === 'https:' || digests.length > 0) return;
  if (['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  throw new UnavailableSource(url, 'without a checksum, only https: is safe');
}

/** Between half and all of a time that doubles: many that were cut off together do not come back together. */
function waitMs(vain: number, retryAfterMs: number | undefined): number {
  const ms = Math.min(longestWaitMs, firstWaitMs * 2 ** (vain - 1));
  return Math.max((ms * (1000 + randomInt(1001))) / 2000, Math.min(retryAfterMs ?? 0, 60_000));
}

async function realWait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, {signal});
}
