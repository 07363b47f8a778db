import {ownProperty} from '../base/own-property.ts';

/** The fault of a connection, in plain words. */
export interface ConnectionFault {
  /** The end of a sentence, with the system's code in parentheses. */
  readonly why: string;
  /** Whether another try may succeed. */
  readonly isPassing: boolean;
  /** Whether there was no connection at all. */
  readonly isUnreachable: boolean;
}

/** Tells what was wrong with the connection when `fetch` failed; `undefined`: something else was. */
export function connectionFault(url: string, error: unknown): ConnectionFault | undefined {
  const cause = systemCause(error);
  if (cause === undefined) return undefined;
  const {code, hostname = new URL(url).hostname} = cause;
  if (cuts.has(code)) {
    const why = `the download failed: the connection to ${hostname} was cut (${code})`;
    return {why, isPassing: true, isUnreachable: false};
  }
  const reason = ownProperty(reasons, code);
  if (reason !== undefined) {
    const why = `there is no connection to ${hostname}: ${reason} (${code})`;
    return {why, isPassing: true, isUnreachable: true};
  }
  if (!/CERT|SIGNATURE|^ERR_TLS_|^ERR_SSL_/.test(code)) return undefined;
  const advice =
    'If a proxy of your organisation puts in its own certificate, NODE_EXTRA_CA_CERTS names the file with it';
  const why = `there is no safe connection to ${hostname}: its certificate is not accepted (${code}). ${advice}`;
  return {why, isPassing: false, isUnreachable: true};
}

interface SystemCause {
  readonly code: string;
  /** The host that was looked up, which after a redirection is not that of the URL. */
  readonly hostname?: string;
}

/** The message of `fetch` is only "fetch failed". Of a host with several addresses, the cause has an error for each. */
function systemCause(error: unknown): SystemCause | undefined {
  for (let found = error; found instanceof Error;) {
    if ('code' in found && typeof found.code === 'string') return found as Error & SystemCause;
    found = found instanceof AggregateError ? (found.errors as unknown[])[0] : found.cause;
  }
  return undefined;
}

/** By the codes of the system and of `fetch`. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known to this network',
  EAI_AGAIN: 'names cannot be looked up',
  ECONNREFUSED: 'nothing answers there',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'there is no network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'this machine has no address in its network',
};

const cuts: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
