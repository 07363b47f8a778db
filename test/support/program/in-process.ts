/** The real program in the world of tests, in the process of the test: it starts without loading anything. */
import {runCli} from '../../../src/cli/run-cli.ts';
import {worldOf, type ProcessWorld} from '../../../src/cli/world.ts';
import {workerEnvironment} from '../../../src/executors/local/worker-environment.ts';
import {sentText} from '../../../src/report/format/painted.ts';
import type {Screen} from '../../../src/report/live/reporter.ts';
import {testInstallation, testWorld} from './test-world.ts';

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

/** Runs a command in this process. Its workers are processes of their own. */
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
    onInterrupt,
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
