import {Readable} from 'node:stream';
import {digestOf, type Digest} from '../base/digest.ts';

/**
 * The name of an object of a remote cache: `cas/` and the digest of its bytes (artifacts, and fingerprints, whose digest
 * is their key), or `ac/` and a key, for records.
 */
export type RemoteName = `cas/${string}` | `ac/${string}`;

/** Bytes to be put under a name. Their stream may be asked for again, for another try. */
export interface RemoteBody {
  readonly sizeBytes: number;
  readonly digest: Digest;
  /** Rejects with the system's error if there is no such file any more. */
  open(): Promise<Readable>;
}

/** Bytes of memory, to be put into a remote cache. */
export function bodyOf(text: string): RemoteBody {
  const bytes = Buffer.from(text);
  return {
    sizeBytes: bytes.length,
    digest: digestOf(bytes),
    open: () => Promise.resolve(Readable.from([bytes])),
  };
}

/** What happens to an object that is there already: it stays, where the server can promise it, or is replaced. */
export interface PutOptions {
  readonly replaces?: boolean;
}

/**
 * A place that keeps results for several machines. All methods reject with a `RemoteError` if it cannot be used, and so
 * do the streams that it gives.
 */
export interface Remote {
  /** Its address, without credentials. */
  readonly title: string;
  has(name: RemoteName): Promise<boolean>;
  /** The bytes, which nobody has checked; `undefined`: there are none under this name. */
  get(name: RemoteName): Promise<Readable | undefined>;
  /** Stores bytes. */
  put(name: RemoteName, body: RemoteBody, options?: PutOptions): Promise<void>;
}

/** A remote cache did not do what it was asked. The message is the end of a sentence that begins with its address. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  /** `passing`: another try may succeed. `silent`: it does not answer. `final`: another try would fail in the same way. */
  readonly kind: 'passing' | 'silent' | 'final';

  constructor(kind: RemoteError['kind'], message: string, cause?: unknown) {
    super(message, {cause});
    this.kind = kind;
  }
}
