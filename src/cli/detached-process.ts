import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';
import {onDemand} from '../base/on-demand.ts';

/** The variable that names the run which a detached process is to make. */
export const detachedVariable = 'PIPELINE_DETACHED_RUN';

/** A process that outlives this one and its terminal. */
export interface DetachedProcess {
  readonly pid: number;
  /** The exit code, or `undefined` if a signal ended it. */
  readonly ended: Promise<number | undefined>;
  /** Asks it to end. */
  stop(): void;
}

/**
 * Starts a program in a session of its own, which no closed terminal and no Ctrl-C reaches. Rejects with the system's
 * error if no further process is possible.
 * @param output the file that its messages are appended to; it is made
 */
export async function startDetached(
  [program, ...words]: readonly [string, ...string[]],
  given: {readonly cwd: string; readonly environment: NodeJS.ProcessEnv; readonly output: string},
): Promise<DetachedProcess> {
  const {cwd, environment, output} = given;
  const file = openSync(output, 'a');
  try {
    const {spawn} = onDemand('node:child_process');
    const child = spawn(program, words, {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', file, file],
    });
    // Rejects if the process cannot be started; an exit cannot come before it resolves.
    await once(child, 'spawn');
    const ended = once(child, 'exit').then(
      ([code]: unknown[]) => (code as number | null) ?? undefined,
    );
    child.unref();
    return {pid: child.pid!, ended, stop: () => void child.kill('SIGTERM')};
  } finally {
    closeSync(file);
  }
}
