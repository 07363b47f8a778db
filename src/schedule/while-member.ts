import {Heartbeat, type Member} from '../store/claims/heartbeat.ts';
import {sweepStore} from '../store/claims/sweep.ts';
import type {Execution} from './execution.ts';
import type {RunSetup} from './run-setup.ts';

/**
 * Works on a store as one of its members, after what killed processes left there has been removed.
 * @param work it gives the execution that it starts to its second argument
 */
export async function whileMember<T>(
  {store, pid, waits}: Pick<RunSetup, 'store' | 'pid' | 'waits'>,
  work: (member: Member, starts: (execution: Execution) => Execution) => Promise<T>,
): Promise<T> {
  await sweepStore(store);
  const heartbeat = await Heartbeat.start(store, pid, waits);
  let execution: Execution | undefined;
  try {
    const result = await work(heartbeat.member, (started) => (execution = started));
    await heartbeat.stop();
    return result;
  } catch (error) {
    // Attempts may outlive a run that failed. Until they have ended, other machines must not take them for dead.
    void Promise.resolve(execution?.ended()).then(() => heartbeat.stop());
    throw error;
  }
}
