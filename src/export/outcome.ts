import {FileFault} from '../formats/file-fault.ts';

/** The outcome of an export. */
export type ExportOutcome<T> =
  | {readonly kind: 'written'; readonly written: T}
  /** The data cannot be read. The note is a sentence that names the file. */
  | {readonly kind: 'unreadable'; readonly note: string};

/** Waits for an export, and turns a file that cannot be read into an outcome; other errors are rejected. */
export async function outcomeOf<T>(writing: Promise<T>): Promise<ExportOutcome<T>> {
  try {
    return {kind: 'written', written: await writing};
  } catch (error) {
    if (error instanceof FileFault) return {kind: 'unreadable', note: `${error.message}.`};
    throw error;
  }
}
