import {accessSync, constants} from 'node:fs';
import {availableParallelism, cpus, tmpdir, totalmem} from 'node:os';
import path from 'node:path';
import {ignoreBatchSignals} from '../base/batch-signals.ts';
import {isErrno, isSystemError} from '../base/errno.ts';
import {sentText} from '../report/format/painted.ts';
import type {Screen} from '../report/live/reporter.ts';
import {usableCores, usableMemory} from '../executors/local/allocation.ts';
import type {HostFolder} from '../executors/local/host-folder.ts';
import {findPciGpus, type PciGpu} from '../executors/local/pci-gpus.ts';
import {usualWaits, type Waits} from '../schedule/delays.ts';
import {countOomKills, ownOomFiles} from '../executors/local/out-of-memory.ts';
import {spawnWorker, type SpawnWorker} from '../executors/local/spawn-worker.ts';
import {workerEnvironment} from '../executors/local/worker-environment.ts';
import {isRunName} from '../journal/run-name.ts';
import type {CommandLine} from './command-line.ts';
import type {Faults} from './faults.ts';
import {detachedVariable, startDetached, type DetachedProcess} from './detached-process.ts';
import type {Installation} from './installation.ts';
import {programName} from './program-name.ts';

/** Everything that a command sees. */
export interface World extends ProcessWorld {
  readonly faults: Faults;
  /** The store that a command of this folder finds without a pipeline and `--store`, as a user would type it. */
  readonly usualStore: () => string;
}

/** Everything that this program sees of its process. */
export interface ProcessWorld extends Installation {
  readonly cwd: string;
  readonly pid: number;
  readonly stdout: Screen;
  readonly stderr: Screen;
  /** The cores that this process may use. */
  readonly cores: number;
  /** The memory that this process may use. */
  readonly memoryBytes: number;
  /** The processor's name; empty if the system does not tell. */
  readonly findProcessor: () => string;
  readonly nodeVersion: string;
  /** Node.js's name for it, such as `linux`. */
  readonly platform: string;
  readonly commandLine: CommandLine;
  /** The words that start this program from any folder. */
  readonly executable: readonly string[];
  /** Why something that was printed could not be written, such as a full disk; absent: nothing was lost. */
  lostOutput(): NodeJS.ErrnoException | undefined;
  /** The variables that the programs of a pipeline may be given. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The environment of workers. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** Starts a worker. It is a process; a test may do the job in its own. */
  readonly spawnWorker: SpawnWorker;
  /** The folder in which this user's runs on this machine claim devices. */
  readonly hostFolder: HostFolder;
  /** Finds the GPUs of AMD and Intel. */
  readonly findPciGpus: () => readonly PciGpu[];
  readonly waits: Waits;
  /** The run that this process is to make, started by `run --detach`. Absent: it was started otherwise. */
  readonly detachedRun?: string;
  /**
   * Starts this command line again, in a process that outlives this one and its terminal, to make a run. Rejects with the
   * system's error.
   * @param output the file for its messages
   */
  startDetached(run: string, output: string): Promise<DetachedProcess>;
  /** The number of our processes that the system has ended for lack of memory; absent if it does not tell. */
  countOomKills(): number | undefined;
  /** Calls back for every Ctrl-C, termination or hang-up signal, until the returned function is called. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The world of a real process, which from now on ignores the signals of batch systems. */
export function worldOf(process: NodeJS.Process, installation: Installation): ProcessWorld {
  ignoreBatchSignals(process);
  const {argv} = process;
  // Only this process is meant by it, and none that it starts.
  const {[detachedVariable]: detachedRun, ...env} = process.env;
  const lost = new LostOutput();
  return {
    cwd: process.cwd(),
    pid: process.pid,
    stdout: screenOf(process.stdout, env, lost),
    stderr: screenOf(process.stderr, env, lost),
    lostOutput: () => lost.first,
    cores: usableCores(availableParallelism(), env),
    memoryBytes: usableMemory(totalmem(), env),
    findProcessor: () => cpus()[0]?.model.trim() ?? '',
    nodeVersion: process.version,
    platform: process.platform,
    commandLine: {
      program: programName({script: argv[1] ?? '', cwd: process.cwd(), environment: env}),
      words: argv.slice(2),
    },
    executable: [process.execPath, argv[1] ?? ''],
    ...installation,
    environment: env,
    workerEnvironment: workerEnvironment(env),
    spawnWorker,
    hostFolder: hostFolderOf(process.getuid?.()),
    findPciGpus: () => findPciGpus(),
    waits: usualWaits,
    ...(detachedRun !== undefined && isRunName(detachedRun) && {detachedRun}),
    startDetached: async (run, output) =>
      await startDetached([process.execPath, ...process.execArgv, ...argv.slice(1)], {
        cwd: process.cwd(),
        environment: {...env, [detachedVariable]: run},
        output,
      }),
    countOomKills: () => countOomKills(ownOomFiles()),
    onInterrupt: (listener) => {
      for (const signal of interrupts) process.on(signal, listener);
      return () => {
        for (const signal of interrupts) process.off(signal, listener);
      };
    },
  };
}

/** The signals of Ctrl-C, of `kill`, and of a closed terminal. */
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function hostFolderOf(uid: number | undefined): HostFolder {
  const folder = path.join(sharedFolder(), `distillery-${uid ?? 'user'}`);
  return {path: folder, ...(uid === undefined ? {} : {uid})};
}

/** The same path for all runs of a machine: `TMPDIR` may differ between terminals. */
function sharedFolder(): string {
  try {
    accessSync('/tmp', constants.W_OK);
    return '/tmp';
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return tmpdir();
  }
}

/** Takes errors of streams: a run goes on without its output. */
class LostOutput {
  first: NodeJS.ErrnoException | undefined;

  readonly take = (error: unknown): void => {
    // The reader has closed the pipe, as in `pipeline plan … | head`, or its terminal was closed.
    if (isErrno(error, 'EPIPE', 'EIO')) return;
    if (!isSystemError(error)) throw error;
    this.first ??= error;
  };
}

function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv, {take}: LostOutput): Screen {
  stream.on('error', take);
  const write = (content: string | Uint8Array): void => {
    try {
      stream.write(content);
    } catch (error) {
      // Streams of files are synchronous.
      take(error);
    }
  };
  const isTerminal = stream.isTTY && env['TERM'] !== 'dumb';
  return {
    isTerminal,
    colours: isTerminal && (env['NO_COLOR'] ?? '') === '',
    size: () =>
      stream.isTTY
        ? {columns: stream.columns || 80, rows: stream.rows || 24}
        : {columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY},
    write: (...pieces) => write(sentText(pieces)),
    writeStored: (bytes, shown = (text) => text) => {
      const text = stream.isTTY ? sentText([shown(Buffer.from(bytes).toString())]) : undefined;
      write(text ?? bytes);
    },
  };
}
