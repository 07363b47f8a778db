import {read} from 'node:fs';
import {RandomAccessReader} from 'yauzl';

type Done = (error: Error | null, bytesRead?: number) => void;
type Reading = [bytes: Buffer, offset: number, count: number, position: number, done: Done];

/**
 * How yauzl reads a zip file that somebody else opens and closes. Places behind the file's end are refused here: its own
 * reader passes on whatever a damaged file says, and Node.js answers numbers above 2⁵³ by an error that nobody can catch.
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
    else setImmediate(done, new Error('it ends before what it says is in it'));
  }

  override close(done: Done): void {
    done(null);
  }
}
