import {hostname} from 'node:os';
import {kill} from 'node:process';
import {isErrno} from '../../base/errno.ts';
import {readProc, readProcess} from './process-table.ts';

/** Identifies a process, even if a later one is given the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Differs after every boot. Absent: the platform does not provide it. */
  readonly bootId?: string;
  /** In clock ticks since the boot. Absent: the platform does not provide it. */
  readonly startTime?: string;
}

/** The identity of a living process of this machine. */
export function processIdentity(pid: number): ProcessIdentity {
  const bootId = readProc('sys/kernel/random/boot_id')?.trim();
  const startTime = readProcess(pid)?.startTime;
  return {
    host: hostname(),
    pid,
    ...(bootId === undefined ? {} : {bootId}),
    ...(startTime === undefined ? {} : {startTime}),
  };
}

/** Parses an identity; `undefined` if the data cannot be one. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  const {host, pid, bootId, startTime} = (value ?? {}) as Partial<ProcessIdentity>;
  // 0, 1 and negative numbers would address a signal to many processes.
  const isWhole =
    typeof host === 'string' &&
    Number.isInteger(pid) &&
    pid! > 1 &&
    pid! < 2 ** 31 &&
    [bootId, startTime].every((text) => text === undefined || typeof text === 'string');
  return isWhole ? (value as ProcessIdentity) : undefined;
}

/** Whether the process belongs to another machine, whose processes cannot be seen from here. */
export function isForeign(identity: ProcessIdentity): boolean {
  return identity.host !== hostname();
}

/**
 * Whether the process still runs. A process of another machine counts as dead: it cannot be seen from here, and at
 * worst its work is done twice.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  if (isForeign(identity)) return false;
  if (identity.startTime === undefined) return answersSignals(identity.pid);
  if (identity.bootId !== readProc('sys/kernel/random/boot_id')?.trim()) return false;
  const found = readProcess(identity.pid);
  return found?.startTime === identity.startTime && !found.isOver;
}

/**
 * Sends signals to a process if it is that one and still runs. `gone`: it has ended. `refused`: it belongs to another
 * user.
 */
export function signalProcess(
  identity: ProcessIdentity,
  signals: readonly NodeJS.Signals[],
): 'sent' | 'gone' | 'refused' {
  if (!isAlive(identity)) return 'gone';
  try {
    for (const signal of signals) kill(identity.pid, signal);
    return 'sent';
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return 'gone';
    if (isErrno(error, 'EPERM')) return 'refused';
    throw error;
  }
}

function answersSignals(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    if (isErrno(error, 'EPERM')) return true;
    throw error;
  }
}
