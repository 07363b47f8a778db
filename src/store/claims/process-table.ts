import {readFileSync, readdirSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';

/** Linux's description of a process. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The number of the process that leads its group, or led it. */
  readonly group: number;
  /** In clock ticks since the boot: together with the number it identifies the process. */
  readonly startTime: string;
  /** It has ended, but its parent has not collected its status (a zombie). */
  readonly isOver: boolean;
  /**
   * Processor time of it and of the children that it has waited for, in clock ticks, of which Linux has 100 per second.
   */
  readonly cpuTicks: number;
  /** Addressable memory; 0 for threads of the kernel and for processes that have ended. */
  readonly sizeBytes: number;
}

/** Reads a process from `/proc`. `undefined`: there is none, or the platform has no `/proc`. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const text = readProc(`${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group] = fields;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    startTime: fields[19] ?? '',
    isOver: state === 'Z' || state === 'X',
    cpuTicks: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
    sizeBytes: Number(fields[20]),
  };
}

/** The numbers of all visible processes. `undefined`: the platform has no `/proc`. */
export function listProcesses(): readonly number[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

/** Reads a file of `/proc`. `undefined`: it does not exist, or this user may not read it. */
export function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}
