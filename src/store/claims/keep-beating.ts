import type * as FileSystem from 'node:fs';

/** What a thread writes, where, and how often. */
export interface Beating {
  readonly file: string;
  /** The text of the file around the counter. */
  readonly before: string;
  readonly after: string;
  /** Digits of the counter. */
  readonly digits: number;
  readonly beatMs: number;
}

/**
 * Raises a counter in a file in place, until the thread ends. A worker is given the text of this function, so that it
 * needs no file of its own; the function may use nothing from outside.
 */
export function keepBeating(
  {file, before, after, digits, beatMs}: Beating,
  {openSync, writeSync, fsyncSync, closeSync, constants}: typeof FileSystem,
): void {
  // A sweep may have removed the file. Another user may have put a link or a pipe in its place.
  const flags =
    constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let beats = 0;
  const beat = (): void => {
    beats++;
    try {
      const descriptor = openSync(file, flags, 0o666);
      try {
        writeSync(descriptor, before + String(beats).padStart(digits, '0') + after, 0);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // Whatever the file system says: the next beat tries again.
    }
  };
  beat();
  setInterval(beat, beatMs);
}
