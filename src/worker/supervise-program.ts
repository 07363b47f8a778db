import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as wait} from 'node:timers/promises';
import {ProgramFailure} from './program-failure.ts';
import {signalGroup} from './process-group.ts';

/** Time after the end of a program by SIGTERM in which this process hears of a SIGTERM to all, on a busy machine. */
const heardWithinMs = 2000;

export interface ProgramSetup {
  /** Its name, as the user wrote it. */
  readonly program: string;
  /** Its path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** Its complete environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** When aborted, the program is asked to end. */
  readonly stopping: AbortSignal;
  /** Time that it has to end. */
  readonly graceMs: number;
  /** Called with the number of the process group that it leads, and without a number when that has ended. */
  onGroup(leader?: number): Promise<void>;
}

/**
 * Runs a program to its end, with empty standard input, and with this process's output as its own. Processes that it
 * started end with it. Rejects with the system's error if it cannot be started, with a `ProgramFailure` if it fails,
 * and with the signal's reason if it was asked to end.
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
    // A program that was asked to end may have written incomplete outputs, whatever its exit code.
    if (lastResort !== undefined) stopping.throwIfAborted();
    if (exitCode === 0) return;
    if (signal === 'SIGTERM') await hearOf(stopping);
    const how = signal === null ? {exitCode: exitCode!} : {signal};
    throw new ProgramFailure({kind: 'program-failed', program, ...how});
  } finally {
    stopping.removeEventListener('abort', stop);
    clearTimeout(lastResort);
    // Immediately, since its number may later be another group's. Processes that left the group are ended after the
    // stage.
    signalGroup(leader, 'SIGKILL');
    await setup.onGroup();
  }
}

/**
 * A batch system signals all processes of an allocation: the program may have ended before this process hears that it is to
 * stop. Rejects with the signal's reason if it hears so soon.
 */
async function hearOf(stopping: AbortSignal): Promise<void> {
  await wait(heardWithinMs, undefined, {signal: stopping}).catch(() => undefined);
  stopping.throwIfAborted();
}

function start({file, args, folder, environment}: ProgramSetup): ChildProcess {
  return spawn(file, args, {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
