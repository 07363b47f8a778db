import {createWriteStream} from 'node:fs';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {SourceFile} from './source-file.ts';
import {connectionFault} from './connection-fault.ts';
import type {FileIdentity, PartialFile} from './partial-file.ts';

/** One try at a download failed. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  /** Whether another try may succeed. */
  readonly isPassing: boolean;
  /** The wait that the server asks for. */
  readonly retryAfterMs: number | undefined;
  /** Whether there was no connection to the server. */
  readonly isUnreachable: boolean;

  constructor(message: string, {isPassing, isUnreachable, ...rest}: TransferErrorOptions) {
    const {retryAfterMs, cause} = rest;
    super(message, {cause});
    this.isPassing = isPassing;
    this.isUnreachable = isUnreachable === true;
    this.retryAfterMs = retryAfterMs;
  }
}

interface TransferErrorOptions {
  readonly isPassing: boolean;
  readonly isUnreachable?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

interface TransferOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (receivedBytes: number, totalBytes?: number) => void;
}

/** Size limit: no file of a data set is larger. It ends downloads whose size is not known. */
const maxBytes = 2 ** 36;
/** Time without data after which a server counts as gone. */
const silenceMs = 60_000;
/** Status codes after which another try may succeed. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * One try: requests the missing part of a file and appends it, or starts over if the server cannot resume.
 * @returns whether the earlier bytes are part of the file
 * @throws TransferError
 */
export async function transfer(
  url: string,
  file: SourceFile,
  partial: PartialFile,
  options: TransferOptions,
): Promise<boolean> {
  const silence = new Silence();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  const begin = await resumable(url, file, partial);
  try {
    const response = await fetch(url, {signal, headers: requestHeaders(begin)});
    const isWhole = await takeUp(response, {url, file, begin: begin.bytes, partial});
    if (isWhole) return true;
    const from = response.status === 206 ? begin.bytes : 0;
    const totalBytes = totalOf(response, from);
    assertTotal(file, totalBytes);
    await partial.note(identityOf(url, response, totalBytes));
    const bound = file.sizeBytes ?? totalBytes ?? maxBytes;
    const meter = meterOf({
      from,
      bound,
      silence,
      report: (n) => options.onProgress?.(n, ...(totalBytes === undefined ? [] : [totalBytes])),
    });
    const target = createWriteStream(partial.path, {flags: from > 0 ? 'a' : 'w'});
    await pipeline(Readable.fromWeb(response.body!), meter, target, {signal});
    await assertWhole(partial, file.sizeBytes ?? totalBytes);
    return from > 0;
  } catch (cause) {
    if (cause instanceof TransferError) throw cause;
    const fault = silence.signal.aborted ? undefined : connectionFault(url, cause);
    if (fault !== undefined) {
      const {why, ...how} = fault;
      throw new TransferError(why, {...how, cause});
    }
    const reason = silence.signal.aborted ? 'the server went silent' : reasonOf(cause);
    throw new TransferError(`the download failed: ${reason}`, {isPassing: true, cause});
  } finally {
    silence.end();
  }
}

interface Begin {
  readonly bytes: number;
  readonly validator?: string;
}

/**
 * The offset to resume at. Earlier bytes count if the server can tell that the file has not changed, or if a checksum
 * will show it in the end.
 */
async function resumable(url: string, {digests}: SourceFile, partial: PartialFile): Promise<Begin> {
  const bytes = await partial.size();
  const known = await partial.identity();
  const validator = known?.url === url ? known.validator : undefined;
  if (bytes > 0 && validator !== undefined) return {bytes, validator};
  return {bytes: digests.length > 0 ? bytes : 0};
}

function requestHeaders({bytes, validator}: Begin): Record<string, string> {
  return {
    // Asks for the bytes of the file without compression, since lengths and ranges refer to those.
    'accept-encoding': 'identity',
    ...(bytes > 0 && {range: `bytes=${bytes}-`}),
    ...(bytes > 0 && validator !== undefined && {'if-range': validator}),
  };
}

/** Examines the server's answer. `true`: the file was complete already. */
async function takeUp(
  response: Response,
  at: {
    readonly url: string;
    readonly file: SourceFile;
    readonly begin: number;
    readonly partial: PartialFile;
  },
): Promise<boolean> {
  const {status, headers, body} = response;
  if (at.url.startsWith('https:') && !response.url.startsWith('https:')) {
    throw new TransferError(`it leads to ${response.url}, which is not safe`, {isPassing: false});
  }
  const range = headers.get('content-range') ?? '';
  if (status === 200 && body) return false;
  if (status === 206 && body && range.startsWith(`bytes ${at.begin}-`)) return false;
  await body?.cancel();
  if (status === 416 || status === 206) {
    if (status === 416 && at.begin > 0 && range === `bytes */${at.begin}`) return true;
    await at.partial.forget();
    throw new TransferError('the server has another part of it than was asked for', {
      isPassing: true,
    });
  }
  const seconds = Number(headers.get('retry-after') ?? NaN);
  throw new TransferError(`the server answered ${status}`, {
    isPassing: passing.has(status),
    ...(seconds > 0 && {retryAfterMs: seconds * 1000}),
  });
}

function totalOf({status, headers}: Response, from: number): number | undefined {
  const whole = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if (status === 206 && whole !== undefined) return Number(whole);
  const length = Number(headers.get('content-length') ?? NaN);
  return length >= 0 ? from + length : undefined;
}

function assertTotal({sizeBytes}: SourceFile, totalBytes: number | undefined): void {
  if (sizeBytes === undefined || totalBytes === undefined || totalBytes === sizeBytes) return;
  const message = `the server has ${totalBytes} bytes where ${sizeBytes} are expected`;
  throw new TransferError(message, {isPassing: false});
}

function identityOf(
  url: string,
  {headers}: Response,
  totalBytes: number | undefined,
): FileIdentity {
  const etag = headers.get('etag');
  const validator = (etag?.startsWith('"') ? etag : headers.get('last-modified')) ?? undefined;
  return {
    url,
    ...(validator !== undefined && {validator}),
    ...(totalBytes !== undefined && {totalBytes}),
  };
}

/** Passes bytes on, counts them, and aborts if there are too many. */
function meterOf({
  from,
  bound,
  silence,
  report,
}: {
  readonly from: number;
  readonly bound: number;
  readonly silence: Silence;
  readonly report: (receivedBytes: number) => void;
}): (chunks: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array> {
  return async function* (chunks) {
    let received = from;
    for await (const chunk of chunks) {
      silence.broken();
      const before = received;
      received += chunk.length;
      if (received > bound) {
        const message = `the server sends more than the ${bound} bytes that it should`;
        throw new TransferError(message, {isPassing: false});
      }
      if (Math.floor(received / 1e6) > Math.floor(before / 1e6)) report(received);
      yield chunk;
    }
    report(received);
  };
}

async function assertWhole(partial: PartialFile, totalBytes: number | undefined): Promise<void> {
  const bytes = await partial.size();
  if (totalBytes === undefined || bytes === totalBytes) return;
  const message = `the download failed: it ended after ${bytes} of ${totalBytes} bytes`;
  throw new TransferError(message, {isPassing: true});
}

/** Aborts a download that receives nothing for a while. */
class Silence {
  readonly #controller = new AbortController();
  readonly #timer = setTimeout(() => this.#controller.abort(), silenceMs);

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** The message of `fetch` is only "fetch failed"; the reason is its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
