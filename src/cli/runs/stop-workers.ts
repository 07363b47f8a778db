import {ChangeWatch} from '../../journal/change-watch.ts';
import type {RunAccount} from '../../journal/run-account.ts';
import {findLease, type Lease} from '../../store/claims/lease.ts';
import {isRunning, signalProcess} from '../../store/claims/process-identity.ts';
import {endAttempt} from '../../store/claims/work.ts';
import {leaseRoot, type Store} from '../../store/layout.ts';

/** The workers of a run that live. Those of other runs that compute the same keys are not among them. */
export function livingWorkers({state, instances}: RunAccount, store: Store): readonly Lease[] {
  return state.running.flatMap(({id, attempt}) => {
    const key = instances.get(id)?.key;
    const lease = key === undefined ? undefined : findLease(store, key);
    return lease?.attempt === attempt ? [lease] : [];
  });
}

/** The workers that were asked to end, and those that belong to another user. */
interface StoppedWorkers {
  readonly reached: readonly Lease[];
  readonly refused: readonly Lease[];
}

/** Asks workers to save a checkpoint and end; with `now`, ends them and all that they have started. */
export async function stopWorkers(
  workers: readonly Lease[],
  store: Store,
  {now}: {readonly now?: true},
): Promise<StoppedWorkers> {
  // A process that Ctrl-Z has stopped takes a signal once it goes on.
  const signals = now === true ? (['SIGKILL'] as const) : (['SIGTERM', 'SIGCONT'] as const);
  const sent = workers.map((worker) => ({worker, answer: signalProcess(worker, signals)}));
  const answering = (wanted: (typeof sent)[number]['answer']): readonly Lease[] =>
    sent.filter(({answer}) => answer === wanted).map(({worker}) => worker);
  const reached = answering('sent');
  if (now === true) await Promise.all(reached.map(({attempt}) => endAttempt(store, attempt)));
  return {reached, refused: answering('refused')};
}

/** Waits until workers have ended, or the signal is aborted. */
export async function workersEnded(
  workers: readonly Lease[],
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  // Workers that end by themselves give their leases back.
  using changes = new ChangeWatch([leaseRoot(store)]);
  while (!signal.aborted && workers.some(isRunning)) await changes.wait(signal);
}
