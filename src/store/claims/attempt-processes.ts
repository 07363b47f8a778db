import {kill} from 'node:process';
import {setTimeout} from 'node:timers/promises';
import {isErrno} from '../../base/errno.ts';
import {attemptVariable} from '../../contract/command.ts';
import type {ProcessIdentity} from './process-identity.ts';
import {listProcesses, readProc, readProcess, type ProcessEntry} from './process-table.ts';

/** The longest wait for processes to end, the last of waits that double: all of them take about eight seconds. */
const longestWaitMs = 4096;
/**
 * Longest wait after which a process whose environment was empty is looked at again. The waits up to it, 31 ms in all,
 * suffice for it to become the program that it is about to execute.
 */
const unclearWaitMs = 16;

/**
 * Ends the processes of an attempt by SIGKILL, in rounds, since processes may start while others are looked for.
 * Resolves when none is left, or after about eight seconds, if the kernel does not end one. Does nothing if the
 * platform has no `/proc`.
 */
export async function endProcesses(
  attempt: string,
  {
    self,
    leader,
  }: {
    /** The process that is spared. */
    readonly self?: number;
    /** A process that is known to belong to the attempt, whatever its environment says. */
    readonly leader?: ProcessIdentity;
  } = {},
): Promise<void> {
  for (let waitMs = 1; waitMs <= longestWaitMs; waitMs *= 2) {
    const snapshot = ProcessSnapshot.take();
    // No file can be opened at the moment.
    if (snapshot === undefined) {
      await setTimeout(waitMs);
      continue;
    }
    const left = snapshot.processesOf(attempt, leader).filter(({pid}) => pid !== self);
    if (left.length === 0 && (!snapshot.isUnclear || waitMs > unclearWaitMs)) return;
    for (const entry of left) endProcess(entry);
    await setTimeout(waitMs);
  }
}

/** Ends a process, unless its number was given to another one since the snapshot. */
export function endProcess({pid, startTime}: ProcessEntry): void {
  if (readProcess(pid)?.startTime !== startTime) return;
  try {
    kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}

interface Seen extends ProcessEntry {
  /** The attempt that its environment names, if any. */
  readonly attempt: string | undefined;
  /** Its environment is empty, as it is for a moment while a process executes another program. */
  readonly isUnclear: boolean;
}

/** Limit of the readings of the process list, because a process may start others for ever. */
const maxPasses = 10;

/** The visible processes at one moment. Empty if the platform has no `/proc`. */
export class ProcessSnapshot {
  readonly #seen: readonly Seen[];

  /** `undefined`: nothing can be seen at the moment, since the system allows no more open files. */
  static take(): ProcessSnapshot | undefined {
    try {
      return new ProcessSnapshot();
    } catch (error) {
      if (isErrno(error, 'EMFILE', 'ENFILE')) return undefined;
      throw error;
    }
  }

  private constructor() {
    const looked = new Set<number>();
    const seen: Seen[] = [];
    // A child of a process that has ended meanwhile appears only in the next list.
    for (let pass = 0; pass < maxPasses; pass++) {
      const fresh = (listProcesses() ?? []).filter((pid) => !looked.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        looked.add(pid);
        seen.push(...look(pid));
      }
    }
    this.#seen = seen;
  }

  /** Whether a process may just have been executing another program, so that its attempt is not known. */
  get isUnclear(): boolean {
    return this.#seen.some(({isUnclear}) => isUnclear);
  }

  /**
   * The living processes of an attempt: those whose environment names it and perhaps a `leader`, all their descendants,
   * and the groups that they lead.
   */
  processesOf(attempt: string, leader?: ProcessIdentity): readonly ProcessEntry[] {
    const isLeader = ({pid, startTime}: Seen): boolean =>
      leader !== undefined && pid === leader.pid && startTime === leader.startTime;
    const isNamed = (seen: Seen): boolean =>
      seen.attempt !== undefined && seen.attempt !== '' && seen.attempt === attempt;
    const roots = this.#seen.filter((seen) => isNamed(seen) || isLeader(seen));
    const found = new Set(roots.map(({pid}) => pid));
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const {pid, parent, group} of this.#seen) {
        if (found.has(parent) || found.has(group)) found.add(pid);
      }
    }
    return this.#seen.filter(({pid, isOver}) => found.has(pid) && !isOver);
  }
}

function look(pid: number): readonly Seen[] {
  const entry = readProcess(pid);
  if (entry === undefined) return [];
  const environment = readProc(`${pid}/environ`);
  const start = `${attemptVariable}=`;
  const attempt = environment?.split('\0').find((text) => text.startsWith(start));
  return [
    {
      ...entry,
      attempt: attempt?.slice(start.length),
      isUnclear: environment === '' && entry.sizeBytes > 0,
    },
  ];
}
