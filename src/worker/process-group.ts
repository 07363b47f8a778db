import {kill} from 'node:process';
import {isErrno} from '../base/errno.ts';

/** Sends a signal to a process and all it started that did not leave its group. Nothing happens when all have ended. */
export function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    kill(-leader, signal);
  } catch (error) {
    // EPERM: what is left of it has ended, but for taking notice; some systems say so in this way.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}
