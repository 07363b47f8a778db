import {readlinkSync} from 'node:fs';
import {hostname} from 'node:os';
import {kill} from 'node:process';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {readProc, readProcess} from './process-table.ts';

/** Identifies a process, even if a later one is given the same number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Differs after every boot. Absent: the platform does not provide it. */
  readonly bootId?: string;
  /** In clock ticks since the boot. Absent: the platform does not provide it. */
  readonly startTime?: string;
  /**
   * The space that the number belongs to: containers of one machine give the same number to different processes.
   * Absent: the platform does not provide it, or an earlier version wrote the note.
   */
  readonly namespace?: string;
  /** The member that the process belongs to. Absent: it belongs to none, or an earlier version wrote the note. */
  readonly member?: string;
}

/** The identity of a living process of this machine, and of the member that it belongs to. */
export function processIdentity(pid: number, member?: string): ProcessIdentity {
  const bootId = readBootId();
  const startTime = readProcess(pid)?.startTime;
  const namespace = readNamespace();
  return {
    host: hostname(),
    pid,
    ...(bootId === undefined ? {} : {bootId}),
    ...(startTime === undefined ? {} : {startTime}),
    ...(namespace === undefined ? {} : {namespace}),
    ...(member === undefined ? {} : {member}),
  };
}

/** Parses an identity; `undefined` if the data cannot be one. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  const {host, pid, bootId, startTime, namespace, member} = (value ??
    {}) as Partial<ProcessIdentity>;
  // 0 and negative numbers would address a signal to many processes. 1 is a head that is all of a container.
  const isWhole =
    typeof host === 'string' &&
    Number.isInteger(pid) &&
    pid! > 0 &&
    pid! < 2 ** 31 &&
    [bootId, startTime, namespace].every(
      (text) => text === undefined || typeof text === 'string',
    ) &&
    (member === undefined || isMemberName(member));
  return isWhole ? (value as ProcessIdentity) : undefined;
}

/** Whether a value can be the name of a member, which is part of a path. */
export function isMemberName(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
}

/**
 * Whether the process cannot be seen from here: it belongs to another machine, or to another space of process numbers
 * on this one. Another boot under the name of this machine counts as an earlier one of it, whose processes have ended.
 */
export function isForeign({host, bootId, namespace}: ProcessIdentity): boolean {
  if (namespace !== undefined && bootId !== undefined && bootId === readBootId()) {
    return namespace !== readNamespace();
  }
  return host !== hostname();
}

/** The number of a process, and its machine if it is foreign. */
export function placeOf(process: ProcessIdentity): {readonly pid: number; readonly host?: string} {
  const {pid, host} = process;
  return isForeign(process) ? {pid, host} : {pid};
}

/** Whether a process that can be seen from here still runs. A foreign one does not count. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (isForeign(identity)) return false;
  if (identity.startTime === undefined) return answersSignals(identity.pid);
  if (identity.bootId !== readBootId()) return false;
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
  if (!isRunning(identity)) return 'gone';
  try {
    for (const signal of signals) kill(identity.pid, signal);
    return 'sent';
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return 'gone';
    if (isErrno(error, 'EPERM')) return 'refused';
    throw error;
  }
}

function readBootId(): string | undefined {
  return readProc('sys/kernel/random/boot_id')?.trim();
}

function readNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    if (isSystemError(error)) return undefined;
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
