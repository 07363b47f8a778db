import type {InstanceId} from '../pipeline/graph/instance.ts';
import type {RunEvent} from './event.ts';

/** Who follows a run by its journal sees the progress of an instance at most this late. */
const longestMs = 10_000;
/** And at most so late, as a part of the time for which the instance has told progress. */
const share = 1 / 50;

/**
 * Chooses the progress that a journal keeps: less and less of what goes on for long. Otherwise two lines a second would
 * grow to 30 MB a day for each instance, which every command that reads the run would have to read.
 */
export class SparseProgress {
  readonly #kept = new Map<InstanceId, {readonly firstMs: number; readonly lastMs: number}>();

  /** Tells whether to keep an event. All that are no progress are kept, and the progress that is the last of its unit. */
  keeps(event: RunEvent): boolean {
    if (event.kind !== 'progress') {
      if ('instance' in event) this.#kept.delete(event.instance);
      return true;
    }
    const {instance, progress} = event;
    const atMs = Date.parse(event.at);
    const {firstMs, lastMs} = this.#kept.get(instance) ?? {firstMs: atMs, lastMs: -Infinity};
    const pauseMs = Math.min(share * (lastMs - firstMs), longestMs);
    // A clock that was set back may not hide progress until it has caught up.
    const isDue = atMs < lastMs || atMs - lastMs >= pauseMs || progress.done >= progress.total;
    if (isDue) this.#kept.set(instance, {firstMs: Math.min(firstMs, atMs), lastMs: atMs});
    return isDue;
  }
}
