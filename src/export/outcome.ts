import {FileFault} from '../formats/file-fault.ts';

/** What became of writing something for another program. */
export type ExportOutcome<T> =
  | {readonly kind: 'written'; readonly written: T}
  /** What was to be written cannot be read. The note is a sentence that names the file. */
  | {readonly kind: 'unreadable'; readonly note: string};

/** Waits for what is written, and tells a file that cannot be used from everything else that may go wrong. */
export async function outcomeOf<T>(writing: Promise<T>): Promise<ExportOutcome<T>> {
  try {
    return {kind: 'written', written: await writing};
  } catch (error) {
    if (error instanceof FileFault) return {kind: 'unreadable', note: `${error.message}.`};
    throw error;
  }
}
