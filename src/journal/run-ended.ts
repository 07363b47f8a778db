import {runFolder, runMembersFolder, type Store} from '../store/layout.ts';
import {ChangeWatch} from './change-watch.ts';
import type {RunEvent} from './event.ts';
import {RunTail} from './members/run-tail.ts';
import {RunAccount} from './run-account.ts';

/**
 * Follows a run until it has ended, nothing of it lives and no member is to come, or the signal is aborted.
 * @param how.onEvent takes what was told until then
 * @param how.lookMs from one look at its journals to the next. Absent: the usual interval of polling
 */
export async function runEnded(
  run: string,
  store: Store,
  how: {
    readonly signal: AbortSignal;
    readonly onEvent?: (event: RunEvent) => void;
    readonly lookMs?: number;
  },
): Promise<void> {
  const {signal, onEvent, lookMs: pollMs} = how;
  const account = new RunAccount(store, run);
  const events = new RunTail(store, run);
  const folders = [runFolder(store, run), runMembersFolder(store, run)];
  using changes = new ChangeWatch(folders, {pollMs});
  // The last member says that it leaves, and then writes the end.
  for (let quietLooks = 0; ;) {
    for (const event of events.next()) {
      account.add(event);
      onEvent?.(event);
    }
    quietLooks = account.isLive || account.isAwaited ? 0 : quietLooks + 1;
    if (account.finished !== undefined || quietLooks === 2 || signal.aborted) return;
    await changes.wait(signal);
  }
}
