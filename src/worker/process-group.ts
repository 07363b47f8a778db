import {kill} from 'node:process';
import {isErrno} from '../base/errno.ts';

/** Sends a signal to a process and its descendants that did not leave its group. Does nothing if all have ended. */
export function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(-leader, signal);
  } catch (error) {
    // EPERM: some systems answer so if only zombies are left.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}
