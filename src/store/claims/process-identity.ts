import {hostname} from 'node:os';
import {kill} from 'node:process';
import {isErrno} from '../../base/errno.ts';
import {readProc, readProcess} from './process-table.ts';

/** Tells one process from every other, also from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Differs after every boot. Absent: the platform does not tell. */
  readonly bootId?: string;
  /** In clock ticks since the boot. Absent: the platform does not tell. */
  readonly startTime?: string;
}

/** The identity of a process of this machine that is alive. */
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

/** Data that claims to be an identity, or `undefined` if it cannot be one. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  const {host, pid, bootId, startTime} = (value ?? {}) as Partial<ProcessIdentity>;
  // 0, 1 and what is negative mean all processes of a kind to whoever sends them a signal.
  const isWhole =
    typeof host === 'string' &&
    Number.isInteger(pid) &&
    pid! > 1 &&
    pid! < 2 ** 31 &&
    [bootId, startTime].every((text) => text === undefined || typeof text === 'string');
  return isWhole ? (value as ProcessIdentity) : undefined;
}

/** Whether the process is another machine's, which cannot be seen from here. */
export function isForeign(identity: ProcessIdentity): boolean {
  return identity.host !== hostname();
}

/**
 * Whether the process still runs. One of another machine counts as dead: it cannot be seen from here, and nothing
 * worse follows than that its work is done twice.
 */
export function isAlive(identity: ProcessIdentity): boolean {
  if (isForeign(identity)) return false;
  if (identity.startTime === undefined) return answersSignals(identity.pid);
  if (identity.bootId !== readProc('sys/kernel/random/boot_id')?.trim()) return false;
  const found = readProcess(identity.pid);
  return found?.startTime === identity.startTime && !found.isOver;
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
