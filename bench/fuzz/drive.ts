import {runCommand} from '../../test/support/program/in-process.ts';

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
  readonly #folder: string;
  readonly #stages: string;

  /** @param stages the stage types, a file of `test/support/registries` */
  constructor(folder: string, stages: string) {
    this.#folder = folder;
    this.#stages = stages;
  }

  drive(args: readonly string[]): Promise<Driven> {
    const environment = {...process.env, PIPELINE_TEST_STAGES: this.#stages};
    return runCommand(args, {folder: this.#folder, environment});
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
