import {open} from 'node:fs/promises';
import {signalGroup} from './process-group.ts';
import {isNews} from './protocol.ts';
import type {FailureCause, FromWorker, Job, News, Outcome, ToWorker} from './protocol.ts';

export interface WorkerSetup {
  /** URL of the program that it runs. */
  readonly module: string;
  readonly job: Job;
  /** Everything the process's environment holds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the file that stdout and stderr are appended to. */
  readonly logFile: string;
  /** Called with the process before it is given its job, and again with its program as well, or without. */
  onProcesses?(pids: readonly number[]): void;
  /** Called for every message that is not the outcome. */
  onMessage(message: News): void;
}

/** A worker process that was started. */
export interface Worker {
  /** How it ended; never rejects. A process that died without a word is a failure of kind `killed`. */
  readonly outcome: Promise<Outcome>;
  /** Asks it to checkpoint and stop. */
  stop(): void;
  /** Ends it and everything it started, now. */
  kill(): void;
}

/** Has a job done; `spawnWorker` does it in a process of its own. */
export type StartWorker = (setup: WorkerSetup) => Promise<Worker>;

/** Starts a process for a job. It leads a process group of its own, so that a Ctrl-C meant for the head misses it. */
export async function spawnWorker(setup: WorkerSetup): Promise<Worker> {
  const {execaNode} = await import('execa');
  const log = await open(setup.logFile, 'a');
  // A descriptor, so that the log goes on when the head dies. The types of execa only know those that are always open.
  const logFd = log.fd as 1;
  const child = execaNode(new URL(setup.module), {
    nodeOptions: ['--enable-source-maps'],
    serialization: 'json',
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    extendEnv: false,
    env: setup.environment,
    stdin: 'ignore',
    stdout: logFd,
    stderr: logFd,
  });
  let outcome: Outcome | undefined;
  let program: number | undefined;
  const tellProcesses = (): void => {
    if (child.pid === undefined) return;
    setup.onProcesses?.([child.pid, ...(program === undefined ? [] : [program])]);
  };
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'program') {
      program = message.leader;
      tellProcesses();
    } else if (isNews(message)) setup.onMessage(message);
    else outcome ??= message;
  });
  // The process's end and the last of its messages arrive in any order.
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve));
  const say = (message: ToWorker): void => {
    if (child.connected) child.send(message, ignoreDeadWorker);
  };
  tellProcesses();
  say(setup.job);
  const ended = async (): Promise<Outcome> => {
    const [result] = await Promise.all([child, child.pid === undefined ? undefined : disconnected]);
    await log.close();
    // A worker that died could not end its program.
    if (program !== undefined) signalGroup(program, 'SIGKILL');
    return outcome ?? {kind: 'failed', cause: causeOf(result)};
  };
  return {
    outcome: ended(),
    stop: () => say({kind: 'stop'}),
    kill: () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
    },
  };
}

/** A message that could not be delivered needs no handling: the end of the process tells. */
function ignoreDeadWorker(_error: Error | null): void {}

function causeOf(result: {
  readonly signal?: string | undefined;
  readonly exitCode?: number | undefined;
}): FailureCause {
  const {signal, exitCode} = result;
  return {
    kind: 'killed',
    ...(signal === undefined ? {} : {signal}),
    ...(exitCode === undefined ? {} : {exitCode}),
  };
}
