import {read} from 'node:fs';
import {RandomAccessReader} from 'yauzl';

type Done = (error: Error | null, bytesRead?: number) => void;
type Reading = [bytes: Buffer, offset: number, count: number, position: number, done: Done];

/**
 * Lets yauzl read a zip file that the caller opens and closes. Positions beyond the file's end are refused here:
 * yauzl's own reader passes on any number from a damaged file, and Node.js answers numbers above 2⁵³ with an error that
 * cannot be caught.
 */
export class ZipReader extends RandomAccessReader {
  readonly #descriptor: number;
  readonly #sizeBytes: number;

  constructor(descriptor: number, sizeBytes: number) {
    super();
    this.#descriptor = descriptor;
    this.#sizeBytes = sizeBytes;
  }

  override read(...reading: Reading): void {
    const [, , count, position, done] = reading;
    if (position + count <= this.#sizeBytes) read(this.#descriptor, ...reading);
    else setImmediate(done, new Error('it refers to data beyond its end'));
  }

  override close(done: Done): void {
    done(null);
  }
}
