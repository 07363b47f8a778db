import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {ProgramFailure} from './program-failure.ts';
import {signalGroup} from './process-group.ts';

export interface ProgramSetup {
  /** As the user calls it. */
  readonly program: string;
  /** Where it is. */
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** All that its environment holds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted: it is asked to end. */
  readonly stopping: AbortSignal;
  /** How long it may take to do so. */
  readonly graceMs: number;
  /** Called with the number of the process group that it leads, and without one when that has ended. */
  onGroup(leader?: number): Promise<void>;
}

/**
 * Runs a program to its end, with nothing to read and its output going where this process's goes. What it started ends
 * with it. Rejects with the system's error when it cannot be started, with a `ProgramFailure` when it fails, and with
 * the signal's reason when it was asked to end.
 */
export async function superviseProgram(setup: ProgramSetup): Promise<void> {
  const {program, stopping, graceMs} = setup;
  stopping.throwIfAborted();
  const child = start(setup);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await Promise.race([once(child, 'spawn'), exited]);
  const leader = child.pid!;
  let lastResort: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signalGroup(leader, 'SIGTERM');
    lastResort = setTimeout(() => signalGroup(leader, 'SIGKILL'), graceMs);
  };
  stopping.addEventListener('abort', stop);
  try {
    await setup.onGroup(leader);
    if (stopping.aborted && lastResort === undefined) stop();
    const [exitCode, signal] = await exited;
    // However a program ends that was asked to, its outputs may be half of what they should be.
    if (lastResort !== undefined) stopping.throwIfAborted();
    if (exitCode === 0) return;
    const how = signal === null ? {exitCode: exitCode!} : {signal};
    throw new ProgramFailure({kind: 'program-failed', program, ...how});
  } finally {
    stopping.removeEventListener('abort', stop);
    clearTimeout(lastResort);
    // At once: later its number may be another group's. What left the group is ended after the stage.
    signalGroup(leader, 'SIGKILL');
    await setup.onGroup();
  }
}

function start({file, args, folder, environment}: ProgramSetup): ChildProcess {
  return spawn(file, args, {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
