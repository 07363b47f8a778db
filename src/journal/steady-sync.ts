import {fdatasync, fdatasyncSync} from 'node:fs';

/** Time for which bytes may wait to be flushed: other machines see what is flushed. */
const waitMs = 1000;

/** Flushes a file that is being written (fdatasync): within a second after a write, and once for all writes in it. */
export class SteadySync {
  readonly #file: number;
  /** Runs from a write until what was written by then is flushed. Absent: all is. */
  #timer: NodeJS.Timeout | undefined;
  /** Whether something was written since the flush began that goes on. */
  #isDirty = false;
  #fault: Error | undefined;

  /** @param file its descriptor */
  constructor(file: number) {
    this.#file = file;
  }

  /** Takes note of a write. Throws the file system's error if an earlier one could not be flushed. */
  wrote(): void {
    if (this.#fault !== undefined) throw this.#fault;
    this.#isDirty = true;
    if (this.#timer !== undefined) return;
    const timer = setTimeout(() => this.#flush(timer), waitMs).unref();
    this.#timer = timer;
  }

  /** Flushes what is left. The file may be closed then. */
  now(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    fdatasyncSync(this.#file);
  }

  #flush(timer: NodeJS.Timeout): void {
    this.#isDirty = false;
    fdatasync(this.#file, (error) => {
      if (error !== null) this.#fault = error;
      // All that it was to flush has been flushed meanwhile.
      if (this.#timer !== timer) return;
      this.#timer = undefined;
      if (error === null && this.#isDirty) this.wrote();
    });
  }
}
