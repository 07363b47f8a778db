import {isSystemError} from '../base/errno.ts';
import type {Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import {revealRecord} from '../store/records/reveal-record.ts';

/** Makes the record of a key visible here that its lease says was published. */
export async function showPublished(store: Store, key: Key): Promise<void> {
  try {
    await revealRecord(store, key);
  } catch (error) {
    // The attempt that looks again meets the same error, and it alone fails.
    if (!isSystemError(error)) throw error;
  }
}
