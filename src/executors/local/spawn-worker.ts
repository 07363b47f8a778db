import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {open} from 'node:fs/promises';
import {isErrno} from '../../base/errno.ts';
import {onDemand} from '../../base/on-demand.ts';
import type {JobSetup, Worker} from '../../schedule/executor.ts';
import {endProcesses} from '../../store/claims/attempt-processes.ts';
import type {HeadChannel} from '../../worker/channel.ts';
import {ipcChannel} from '../../worker/ipc-channel.ts';
import {signalGroup} from '../../worker/process-group.ts';
import {isNews} from '../../worker/protocol.ts';
import type {FailureCause, Outcome} from '../../worker/protocol.ts';

/** The setup of a worker's process. */
export interface ProcessSetup extends JobSetup {
  /** URL of the program that it runs. */
  readonly module: string;
  /** The complete environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Called with the process before it is given its job, and again when its program starts or has ended. */
  onProcesses(pids: readonly number[]): void;
}

/** A worker in a process of its own. */
export type WorkerProcess = Omit<Worker, 'explain'>;

/** Starts a worker for a job. */
export type SpawnWorker = (setup: ProcessSetup) => Promise<WorkerProcess>;

/**
 * Starts a process for a job. It leads a process group of its own, so that a Ctrl-C meant for the head does not reach
 * it. If the system allows no more processes or open files, the worker is one that has failed.
 */
export async function spawnWorker(setup: ProcessSetup): Promise<WorkerProcess> {
  try {
    return await start(setup);
  } catch (error) {
    const code = shortages.find((shortage) => isErrno(error, shortage));
    if (code === undefined) throw error;
    const cause: FailureCause = {kind: 'not-started', code};
    const nothing = (): void => undefined;
    return {outcome: Promise.resolve({kind: 'failed', cause}), stop: nothing, kill: nothing};
  }
}

/** Errors for too many open files of the process or of the system, too many processes, and too little memory. */
const shortages = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'] as const;

async function start(setup: ProcessSetup): Promise<WorkerProcess> {
  const child = await startProcess(setup);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const channel: HeadChannel = ipcChannel(child);
  // The process's end and the last of its messages arrive in any order.
  const closed = channel.closed();
  let outcome: Outcome | undefined;
  let program: number | undefined;
  const processes = (): readonly number[] => [
    child.pid!,
    ...(program === undefined ? [] : [program]),
  ];
  channel.listen((message) => {
    if (message.kind === 'program') {
      program = message.leader;
      setup.onProcesses(processes());
    } else if (isNews(message)) setup.onMessage(message);
    else outcome ??= message;
  });
  setup.onProcesses(processes());
  void channel.send(setup.job);
  const ended = async (): Promise<Outcome> => {
    const [[exitCode, signal]] = await Promise.all([exited, closed]);
    const last = outcome ?? {kind: 'failed', cause: causeOf(exitCode, signal)};
    // A worker that crashed or was killed could not end the processes that it had started.
    if (last.kind === 'failed') {
      await endProcesses(setup.job.attempt);
      for (const leader of processes()) signalGroup(leader, 'SIGKILL');
    }
    return last;
  };
  return {
    outcome: ended(),
    stop: () => void channel.send({kind: 'stop'}),
    kill: () => signalGroup(child.pid!, 'SIGKILL'),
  };
}

/** Rejects with the system's error if no further process is possible. */
async function startProcess({module, environment, logFile}: ProcessSetup): Promise<ChildProcess> {
  // The output goes to a descriptor, so that the log goes on when the head dies.
  const log = await open(logFile, 'a');
  try {
    const {fork} = onDemand('node:child_process');
    const child = fork(new URL(module), [], {
      execArgv: [],
      detached: true,
      env: environment,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
    });
    await once(child, 'spawn');
    // Any later error of the process, such as a message that cannot be sent, shows in its end.
    child.on('error', () => undefined);
    return child;
  } finally {
    await log.close();
  }
}

function causeOf(exitCode: number | null, signal: string | null): FailureCause {
  if (signal !== null) return {kind: 'killed', signal};
  return {kind: 'killed', ...(exitCode === null ? {} : {exitCode})};
}
