/** The real program in the world of tests, in the process of the test: it starts without loading anything. */
import {fileURLToPath} from 'node:url';
import type {Registry} from '../../../src/contract/registry.ts';
import {runCli} from '../../../src/cli/run-cli.ts';
import {worldOf, type ProcessWorld} from '../../../src/cli/world.ts';
import {
  spawnWorker,
  type ProcessSetup,
  type WorkerProcess,
} from '../../../src/executors/local/spawn-worker.ts';
import {workerEnvironment} from '../../../src/executors/local/worker-environment.ts';
import {sentText} from '../../../src/report/format/painted.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';
import {workHere} from '../rigs/work-here.ts';
import {testInstallation, testWorld} from './test-world.ts';

const cliFile = fileURLToPath(new URL('cli.js', import.meta.url));
const ownWorld = worldOf(process, testInstallation(import.meta.url, {}));
/** The number of commands that run: those that run at the same time share the working folder of the process. */
let running = 0;
/** The working folder when none runs. */
let home = process.cwd();

/** Runs a command in a folder to its end; gives its exit code and what it printed. */
export type RunCommand = (
  args: readonly string[],
  place: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** What differs in the world of the command. */
    readonly parts?: Partial<ProcessWorld>;
  },
) => Promise<{readonly code: number; readonly stdout: string; readonly stderr: string}>;

/** Runs a command in this process. Its workers are processes of their own where that matters. */
export const runCommand: RunCommand = async (args, {folder, environment, parts = {}}) => {
  const [stdout, stderr] = [new Pipe(), new Pipe()];
  const commandLine = {program: 'pipeline', words: args};
  const onInterrupt = () => () => undefined;
  const world = {
    ...ownWorld,
    ...testInstallation(import.meta.url, environment),
    workerEnvironment: workerEnvironment(environment),
    environment,
    cwd: folder,
    stdout,
    stderr,
    commandLine,
    // Members on a cluster start the rig's program, and not the test, which this process runs.
    executable: [process.execPath, cliFile],
    onInterrupt,
    spawnWorker: spawnIfNeeded,
    ...parts,
  };
  if (running > 0 && process.cwd() !== folder)
    throw new Error('commands run in two folders at once');
  if (running === 0) home = process.cwd();
  running++;
  process.chdir(folder);
  try {
    const code = await runCli(args, testWorld(world, environment));
    return {code, stdout: stdout.text(), stderr: stderr.text()};
  } finally {
    running--;
    if (running === 0) process.chdir(home);
  }
};

/**
 * Does short jobs of the scripted stage types here, which saves the start of a process each. All others get one: real
 * stage types, programs, those that wait at a gate, see a GPU, or are to crash.
 */
async function spawnIfNeeded(setup: ProcessSetup): Promise<WorkerProcess> {
  const {job, environment} = setup;
  const {type, params} = job.fingerprint;
  const isShort =
    shortTypes.has(type) &&
    (params['gate'] ?? '') === '' &&
    job.registryModule.includes('scripted');
  const isPlain =
    environment['CUDA_VISIBLE_DEVICES'] === '' &&
    !('PIPELINE_FAILPOINT' in environment) &&
    !('NODE_OPTIONS' in environment);
  if (!isShort || !isPlain) return await spawnWorker(setup);
  const {registry} = (await import(job.registryModule)) as {readonly registry: Registry};
  return workHere(setup, registry);
}

const shortTypes = new Set(['say', 'join', 'gather', 'split', 'measure', 'reverse', 'reckon']);

/** What a program that is no terminal reads. */
class Pipe implements Screen {
  readonly isTerminal = false;
  readonly colours = false;
  readonly #written: Buffer[] = [];

  size(): {readonly columns: number; readonly rows: number} {
    return {columns: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY};
  }

  write(...pieces: Parameters<Screen['write']>): void {
    this.#written.push(Buffer.from(sentText(pieces)));
  }

  writeStored(bytes: Uint8Array): void {
    this.#written.push(Buffer.from(bytes));
  }

  text(): string {
    return Buffer.concat(this.#written).toString();
  }
}
