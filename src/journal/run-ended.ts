import {runFolder, runMembersFolder, type Store} from '../store/layout.ts';
import {ChangeWatch} from './change-watch.ts';
import type {RunEvent} from './event.ts';
import {RunTail} from './members/run-tail.ts';
import {RunAccount} from './run-account.ts';

/**
 * Follows a run until it has ended, nothing of it lives and no member is to come, or the signal is aborted.
 * @param onEvent takes what was told until then
 */
export async function runEnded(
  run: string,
  store: Store,
  signal: AbortSignal,
  onEvent: (event: RunEvent) => void = () => undefined,
): Promise<void> {
  const account = new RunAccount(store, run);
  const events = new RunTail(store, run);
  using changes = new ChangeWatch([runFolder(store, run), runMembersFolder(store, run)]);
  // The last member says that it leaves, and then writes the end.
  for (let quietLooks = 0; ;) {
    for (const event of events.next()) {
      account.add(event);
      onEvent(event);
    }
    quietLooks = account.isLive || account.isAwaited ? 0 : quietLooks + 1;
    if (account.finished !== undefined || quietLooks === 2 || signal.aborted) return;
    await changes.wait(signal);
  }
}
