import {fdatasync, fdatasyncSync} from 'node:fs';

/** Time for which bytes may wait to be flushed: other machines see what is flushed. */
const waitMs = 1000;

/** Flushes a file that is being written (fdatasync): within a second after a write, and once for all writes in it. */
export class SteadySync {
  readonly #file: number;
  #isDirty = false;
  /** Runs from a write until what was written by then is flushed. */
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #fault: Error | undefined;

  /** @param file its descriptor, which its owner closes after `close` */
  constructor(file: number) {
    this.#file = file;
  }

  /** Takes note of a write. Throws the file system's error if an earlier one could not be flushed. */
  wrote(): void {
    if (this.#fault !== undefined) throw this.#fault;
    this.#isDirty = true;
    this.#timer ??= setTimeout(() => this.#flush(), waitMs).unref();
  }

  /** Flushes what is left. */
  close(): void {
    clearTimeout(this.#timer);
    this.#isClosed = true;
    if (this.#timer !== undefined) fdatasyncSync(this.#file);
  }

  #flush(): void {
    this.#isDirty = false;
    fdatasync(this.#file, (error) => {
      if (this.#isClosed) return;
      this.#timer = undefined;
      if (error !== null) this.#fault = error;
      else if (this.#isDirty) this.wrote();
    });
  }
}
