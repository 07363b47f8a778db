import {installationOf} from '../../src/cli/installation.ts';
import {runCli} from '../../src/cli/run-cli.ts';
import {worldOf, type Surroundings} from '../../src/cli/world.ts';
import {sentText} from '../../src/report/format/painted.ts';
import type {Screen} from '../../src/report/live/reporter.ts';

/** The exit code and output of a command. */
export interface Driven {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The exit codes of `src/cli/exit-codes.ts`, except that of a bug. */
const documented: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 75, 130]);

/** Runs commands in this process. */
export class Driver {
  readonly #world: Surroundings;

  /** @param cwd the working folder of commands; @param stages the stage types, a file of `test/support/registries` */
  constructor(cwd: string, stages: string) {
    const installation = installationOf(new URL('../../src/cli/main.js', import.meta.url).href);
    const registryModule = new URL(
      `../../test/support/registries/${stages}-registry.js`,
      import.meta.url,
    ).href;
    this.#world = {...worldOf(process, {...installation, registryModule}), cwd, cores: 2};
  }

  async drive(args: readonly string[]): Promise<Driven> {
    const printed = {stdout: '', stderr: ''};
    const screen = (name: keyof typeof printed): Screen => ({
      isTerminal: false,
      colours: false,
      size: () => ({columns: 80, rows: 24}),
      write: (...pieces) => void (printed[name] += sentText(pieces)),
      writeStored: (stored) => void (printed[name] += Buffer.from(stored).toString('utf8')),
    });
    const code = await runCli(args, {
      ...this.#world,
      commandLine: {program: 'pipeline', words: args},
      stdout: screen('stdout'),
      stderr: screen('stderr'),
      onInterrupt: () => () => undefined,
    });
    return {code, ...printed};
  }
}

/** Finds faults that no command may have, whatever it is given. */
export function faultsOf(
  args: readonly string[],
  {code, stdout, stderr}: Driven,
): readonly string[] {
  const command = args.join(' ');
  const printed = stdout + stderr;
  const stack = /^ {4}at .*$/m.exec(printed);
  return [
    ...(documented.has(code) ? [] : [`${command}: exit code ${code}: ${stderr.slice(0, 1500)}`]),
    ...(documented.has(code) && stack !== null
      ? [`${command}: a stack: ${printed.slice(Math.max(0, stack.index - 400), stack.index + 400)}`]
      : []),
    ...(code !== 0 && printed.trim() === ''
      ? [`${command}: exit code ${code} without a word`]
      : []),
  ];
}

/** Counts text that would move the cursor of a terminal. */
export function notesOf(args: readonly string[], {stdout, stderr}: Driven): readonly string[] {
  const forbidden = /[\p{Cc}\p{Bidi_Control}]/u.test((stdout + stderr).replaceAll(/[\n\t]/g, ''));
  return forbidden ? [`control characters printed by ${args[0]}`] : [];
}
