import {readFileSync} from 'node:fs';
import {isErrno} from '../../base/errno.ts';
import {readEnd} from '../../base/read-end.ts';
import type {SuddenEnd} from '../../schedule/executor.ts';
import type {FailureCause} from '../../worker/protocol.ts';

/** V8 prints it before it aborts, with a stack after it. */
const heapMessage = 'JavaScript heap out of memory';
const tailBytes = 64 * 1024;
/** Of a process that aborted, where a shell stands between. */
const abortCode = 134;

/** What the end of a worker without a word, or of a program, has to do with memory; `undefined`: nothing that could be seen. */
export async function outOfMemory(
  {signal, exitCode}: SuddenEnd,
  seen: {
    readonly logFile: string;
    readonly endedByUs: boolean;
    /** How often the system had ended processes of this group for memory. */
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
 * How often the kernel has ended a process of our control group because memory ran out, from the first of these files
 * that tells. `undefined`: none does.
 */
export function countOomKills(files: readonly string[]): number | undefined {
  for (const file of files) {
    const match = /^oom_kill (\d+)$/m.exec(readIfThere(file) ?? '');
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

/** The files that count them, given `/proc/self/cgroup`: of control groups version 2, and of version 1. */
function oomFiles(groups: string): readonly string[] {
  return groups.split('\n').flatMap((line) => {
    const [, controllers, ...rest] = line.split(':');
    const group = rest.join(':');
    if (controllers === '') return [`/sys/fs/cgroup${group}/memory.events`];
    if (controllers !== 'memory') return [];
    // Within a container the group's folder is often mounted as the root.
    return [`/sys/fs/cgroup/memory${group}`, '/sys/fs/cgroup/memory'].map(
      (folder) => `${folder}/memory.oom_control`,
    );
  });
}

/** The files that count them for this process; none where the platform has no control groups. */
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
