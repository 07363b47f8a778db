import type {ClientRequest, IncomingMessage} from 'node:http';
import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {onDemand} from '../base/on-demand.ts';
import {RemoteError, type RemoteBody} from './remote.ts';

/** Time limits of an exchange, in milliseconds. */
export interface ExchangeLimits {
  /** Until there is a connection. */
  readonly connectMs: number;
  /** In every span of this length at least `leastBytes` bytes are sent or received. */
  readonly silenceMs: number;
}

/** Five seconds to connect; thirty with hardly a byte, so that an outage costs a run at most forty. */
export const usualLimits: ExchangeLimits = {connectMs: 5000, silenceMs: 30_000};

/** A server that is slower than this, about 1 kB/s, counts as silent. */
const leastBytes = 32 * 1024;

export interface Exchange {
  readonly method: 'HEAD' | 'GET' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RemoteBody;
  readonly limits: ExchangeLimits;
  /** Ends the exchange when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Sends a request and gives the answer when its head has arrived; the caller reads or destroys the rest. Follows no
 * redirection, so that no credentials go elsewhere. Rejects with a `RemoteError`, or with the error of opening the body.
 */
export async function exchange(given: Exchange): Promise<IncomingMessage> {
  const source = await given.body?.open();
  try {
    return await send(given, source);
  } catch (error) {
    source?.destroy();
    throw asRemoteError(error);
  }
}

function send(
  {method, url, headers, body, limits, signal}: Exchange,
  source: Readable | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const {request: start} = onDemand(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const length = body === undefined ? {} : {'content-length': String(body.sizeBytes)};
    const sent = start(url, {method, headers: {...headers, ...length}, signal});
    let answer: IncomingMessage | undefined;
    const fail = (error: unknown): void => {
      const told = asRemoteError(error);
      // Whoever reads the answer is told by its stream.
      answer?.destroy(told);
      sent.destroy();
      reject(told);
    };
    watchConnection(sent, limits.connectMs, fail);
    const pace = watchPace(sent, limits.silenceMs, fail);
    sent.on('error', fail);
    sent.on('response', (first) => {
      answer = first;
      resolve(first);
    });
    // After the end of the answer, too.
    sent.once('close', () => clearInterval(pace));
    if (source === undefined) sent.end();
    else pipeline(source, sent).catch(fail);
  });
}

/** The most that an answer without an object has to say, in bytes. */
const mostWords = 64 * 1024;

/** Reads an answer that brings no object, so that its connection can serve the next request. Gives the start of it. */
export async function readWords(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostWords) break;
    }
  } catch {
    // Its status says enough.
  }
  return Buffer.concat(chunks).toString('latin1');
}

function watchConnection(
  sent: ClientRequest,
  connectMs: number,
  fail: (error: unknown) => void,
): void {
  sent.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () => fail(new RemoteError('silent', `does not answer within ${connectMs / 1000} s`)),
      connectMs,
    );
    const clear = (): void => clearTimeout(timer);
    socket.once('connect', clear);
    socket.once('close', clear);
  });
}

/** Looks ten times in each span, so that a silence is noticed at most a tenth of it late. */
function watchPace(
  sent: ClientRequest,
  silenceMs: number,
  fail: (error: unknown) => void,
): NodeJS.Timeout {
  const looks = 10;
  // A connection may have served other requests before.
  let first: number | undefined;
  const moved: number[] = [0];
  sent.once('socket', (socket) => (first = socket.bytesRead + socket.bytesWritten));
  const timer = setInterval(() => {
    const {bytesRead = 0, bytesWritten = 0} = sent.socket ?? {};
    const now = bytesRead + bytesWritten - (first ?? 0);
    moved.push(now);
    if (moved.length <= looks || now - moved.shift()! >= leastBytes) return;
    clearInterval(timer);
    fail(new RemoteError('silent', `sends hardly a byte in ${silenceMs / 1000} s`));
  }, silenceMs / looks);
  return timer;
}

/** An error of a connection as one of the remote cache. */
export function asRemoteError(error: unknown): RemoteError {
  if (error instanceof RemoteError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // All other errors have a code: those of the system, of TLS, and of what is no HTTP.
  if (code === '') throw error;
  const reason = reasons[code] ?? 'cannot be reached';
  return new RemoteError('passing', `${reason} (${code})`, error);
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'does not accept connections',
  ECONNRESET: 'cut the connection',
  EPIPE: 'cut the connection',
  ENOTFOUND: 'has a name that this network does not know',
  EAI_AGAIN: 'has a name that cannot be looked up now',
  ETIMEDOUT: 'does not answer',
  ABORT_ERR: 'is not waited for any more',
};
