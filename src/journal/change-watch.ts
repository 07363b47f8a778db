import {once} from 'node:events';
import {watch, type FSWatcher} from 'node:fs';
import {setTimeout} from 'node:timers/promises';
import {isSystemError} from '../base/errno.ts';

/** Usual interval of polling: not every file system reports changes, and none reports that a process has ended. */
const usualPollMs = 500;

/** Minimum time between two notifications, however much is written. */
const restMs = 50;

/** Waits for changes in folders. */
export class ChangeWatch implements Disposable {
  readonly #watchers: readonly FSWatcher[];
  readonly #changes = new EventTarget();
  readonly #pollMs: number;

  constructor(
    folders: readonly string[],
    {pollMs = usualPollMs}: {readonly pollMs?: number | undefined} = {},
  ) {
    this.#pollMs = pollMs;
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
        setTimeout(this.#pollMs, undefined, {signal: either}),
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

/** The watchers of a folder; none if it cannot be watched. */
function watcherOf(folder: string, tell: () => void): readonly FSWatcher[] {
  try {
    return [watch(folder, tell).on('error', () => undefined)];
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
