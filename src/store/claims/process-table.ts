import {readFileSync, readdirSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';

/** What Linux tells of a process. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** The number of the process that leads its group, or did. */
  readonly group: number;
  /** In clock ticks since the boot: with the number it tells the process from every other. */
  readonly startTime: string;
  /** It has ended, and only its parent has not taken notice. */
  readonly isOver: boolean;
  /** Processor time of it and of those children that it has waited for, in clock ticks, of which Linux has 100 a second. */
  readonly cpuTicks: number;
  /** Addressable memory: threads of the kernel, and what has ended, have none. */
  readonly sizeBytes: number;
}

/** A process as `/proc` shows it. `undefined`: there is none, or the platform has no `/proc`. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const text = readProc(`${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
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

/** The numbers of all processes that can be seen. `undefined`: the platform has no `/proc`. */
export function listProcesses(): readonly number[] | undefined {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  }
}

/** A file of `/proc`. `undefined`: it is not there, or not for this user to read. */
export function readProc(file: string): string | undefined {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}
