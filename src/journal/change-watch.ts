import {once} from 'node:events';
import {watch, type FSWatcher} from 'node:fs';
import {setTimeout} from 'node:timers/promises';
import {isSystemError} from '../base/errno.ts';

/** Not every file system tells of changes, and none tells that a process has ended: so it is looked at this often. */
const pollMs = 500;

/** However much is written, it is looked at no more often than this. */
const restMs = 50;

/** Waits for changes in folders. */
export class ChangeWatch implements Disposable {
  readonly #watchers: readonly FSWatcher[];
  readonly #changes = new EventTarget();

  constructor(folders: readonly string[]) {
    const tell = (): void => void this.#changes.dispatchEvent(new Event('change'));
    this.#watchers = folders.flatMap((folder) => watcherOf(folder, tell));
  }

  /** Resolves when something may have changed, or the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const either = AbortSignal.any([signal, end.signal]);
    try {
      await setTimeout(restMs, undefined, {signal: either});
      await Promise.race([
        once(this.#changes, 'change', {signal: either}),
        setTimeout(pollMs, undefined, {signal: either}),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      end.abort();
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}

/** None where the folder cannot be watched. */
function watcherOf(folder: string, tell: () => void): readonly FSWatcher[] {
  try {
    return [watch(folder, tell).on('error', () => undefined)];
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
