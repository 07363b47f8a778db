import {readdirSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';

/** What a process holds of the system. */
export interface ProcessSize {
  /** What garbage collection leaves of JavaScript's memory, array buffers among it. */
  readonly usedBytes: number;
  /** Resident memory without the heap of JavaScript, whose size V8 chooses. */
  readonly otherBytes: number;
  readonly threads: number;
  readonly openFiles: number;
}

/**
 * By Linux's `/proc`, and what `live-memory.ts` notes; `undefined`: the process has ended, or noted nothing yet.
 * @param folder that of the notes
 */
export function sizeOfProcess(pid: number, folder: string): ProcessSize | undefined {
  const note = unlessGone(() => readFileSync(path.join(folder, `${pid}.json`), 'utf8'));
  const threads = unlessGone(() => readdirSync(`/proc/${pid}/task`).length);
  const openFiles = unlessGone(() => readdirSync(`/proc/${pid}/fd`).length);
  if (note === undefined || threads === undefined || openFiles === undefined) return undefined;
  const {rss, heapTotal, heapUsed, arrayBuffers} = JSON.parse(note) as NodeJS.MemoryUsage;
  return {usedBytes: heapUsed + arrayBuffers, otherBytes: rss - heapTotal, threads, openFiles};
}

/** The size of all files below a folder, and their number. */
export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
}

export function sizeOfFolder(folder: string): FolderSize {
  const entries =
    unlessGone(() => readdirSync(folder, {recursive: true, withFileTypes: true})) ?? [];
  const sizes = entries
    .filter((entry) => entry.isFile())
    .flatMap(
      (entry) => unlessGone(() => statSync(path.join(entry.parentPath, entry.name)).size) ?? [],
    );
  return {files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0)};
}

/** Processes end and files are removed while they are looked at. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
