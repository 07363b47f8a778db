import {spawnSync} from 'node:child_process';

/** The output of a process and the time that it took; `undefined` if it was ended at the limit. */
export interface Ran {
  readonly output: string;
  readonly ms: number;
  /** Its exit code; absent if a signal ended it. */
  readonly status?: number;
}

/**
 * Runs a command from its start to its end, in a process group of its own. Nothing of the group outlives it: what a
 * command that was given up on has started would go on to write into the folders of the benchmark.
 */
export function runWhole(
  [program, ...args]: readonly [string, ...string[]],
  {cwd, limitMs}: {readonly cwd: string; readonly limitMs: number},
): Ran | undefined {
  const start = performance.now();
  const options = {
    cwd,
    timeout: limitMs,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // Node.js obeys it here, too, although its types do not have it.
    detached: true,
  } as const;
  const {pid, stdout, stderr, status, error} = spawnSync(program, args, options);
  const ms = performance.now() - start;
  endGroup(pid);
  if (error !== undefined) return undefined;
  return {output: `${stdout}${stderr}`, ms, ...(status !== null && {status})};
}

function endGroup(leader: number): void {
  try {
    if (leader > 0) process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}
