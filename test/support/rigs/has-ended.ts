import {setTimeout} from 'node:timers/promises';
import {readProcess} from '../../../src/store/claims/process-table.ts';

/** Whether a process that was told to end does so within ten seconds: the system may take a moment. */
export async function hasEnded(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 1000; waited++) {
    if (readProcess(pid)?.isOver ?? true) return true;
    await setTimeout(10);
  }
  return false;
}
