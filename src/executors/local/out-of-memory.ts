import {readFileSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';
import {readEnd} from '../../base/read-end.ts';
import type {SuddenEnd} from '../../schedule/executor.ts';
import type {FailureCause} from '../../worker/protocol.ts';

/** V8's message before it aborts, which a stack follows. */
const heapMessage = 'JavaScript heap out of memory';
const tailBytes = 64 * 1024;
/** Exit code of an aborted process behind a shell. */
const abortCode = 134;

/** Whether a worker or program died because memory ran out; `undefined`: no sign of it. */
export async function outOfMemory(
  {signal, exitCode}: SuddenEnd,
  seen: {
    readonly logFile: string;
    readonly endedByUs: boolean;
    /** The number of processes of this group that the system had ended for lack of memory. */
    readonly kills: {readonly before: number | undefined; readonly after: number | undefined};
  },
): Promise<FailureCause | undefined> {
  if (seen.endedByUs) return undefined;
  if (signal === 'SIGABRT' || exitCode === abortCode) {
    const isFull = readEnd(seen.logFile, tailBytes)?.text.includes(heapMessage) === true;
    return isFull ? {kind: 'out-of-memory', of: 'heap'} : undefined;
  }
  const {before, after} = seen.kills;
  const risen = before !== undefined && after !== undefined && after > before;
  return signal === 'SIGKILL' && risen ? {kind: 'out-of-memory', of: 'machine'} : undefined;
}

/**
 * The number of processes of our control group that the kernel has ended for lack of memory, from the first of these
 * files that has it. `undefined`: none has.
 */
export function countOomKills(files: readonly string[]): number | undefined {
  for (const file of files) {
    const match = /^oom_kill (\d+)$/m.exec(readIfThere(file) ?? '');
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

/** The files with this number, given `/proc/self/cgroup`: of control groups version 2, and of version 1. */
function oomFiles(groups: string): readonly string[] {
  return groups.split('\n').flatMap((line) => {
    const [, controllers, ...rest] = line.split(':');
    const group = rest.join(':');
    if (controllers === '') return [`/sys/fs/cgroup${group}/memory.events`];
    if (controllers !== 'memory') return [];
    // In a container the group's folder is often mounted as the root.
    return [`/sys/fs/cgroup/memory${group}`, '/sys/fs/cgroup/memory'].map(
      (folder) => `${folder}/memory.oom_control`,
    );
  });
}

/** The files with this number for this process; none if the platform has no control groups. */
export function ownOomFiles(): readonly string[] {
  return [
    ...oomFiles(readIfThere('/proc/self/cgroup') ?? ''),
    // The group of a container is often mounted as the root.
    '/sys/fs/cgroup/memory.events',
  ];
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENODEV')) return undefined;
    throw error;
  }
}
