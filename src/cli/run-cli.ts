import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import {isSystemError} from '../base/errno.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {storeOption} from './store-option.ts';
import {declareStoreCommands} from './store-commands.ts';
import type {TargetOptions} from './target.ts';
import type {World} from './world.ts';

/** The options of what looks at a pipeline and at a store. */
export interface PipelineOptions extends TargetOptions {
  readonly store: string;
}

export interface RunOptions extends PipelineOptions {
  readonly engine: 'auto' | 'tfjs';
  /** Instances at a time. Absent: as many as there are cores. */
  readonly jobs?: number;
  readonly keepGoing?: true;
  /** Seconds between two checkpoints of a running stage. */
  readonly checkpointInterval: number;
  readonly json?: true;
  /** All options that the command has. */
  readonly declared: readonly Option[];
}

/** Does what a command line says. Every way it can end is an exit code; it never rejects. */
export async function runCli(args: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = commands(world, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, {from: 'user'});
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (isSystemError(error)) {
      world.stderr.write(`The store cannot be used: ${error.message}\n`);
      return exitCodes.storeUnusable;
    }
    world.stderr.write(bugReport(error));
    return exitCodes.internalError;
  }
}

function commands(world: World, end: (code: ExitCode) => void): Command {
  const program = new Command('pipeline')
    .description('Runs declarative pipelines: nothing twice, and nothing lost.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
    })
    .showHelpAfterError('(pipeline --help shows how)');
  // Each command loads its own code, so that help appears at once.
  pipelineCommand(program, 'run', 'run what is not stored yet')
    .addOption(untilOption())
    .addOption(forceOption())
    .addOption(engineOption())
    .option('-j, --jobs <n>', 'instances at a time (default: one a core)', parseCount)
    .option('--keep-going', 'after a failure, run what does not depend on it')
    .option(
      '--checkpoint-interval <seconds>',
      'how often running stages save a checkpoint',
      parseSeconds,
      5,
    )
    .option('--json', 'print the events of the run, a line of JSON each')
    .action(async (file: Word, selectors: Words, given: RunOptions, {options}: Command) => {
      const {runCommand} = await import('./run-command.ts');
      end(await runCommand(wordsOf(file, selectors), {...given, declared: options}, world));
    });
  pipelineCommand(program, 'plan', 'show what a run would do, and why')
    .addOption(untilOption())
    .addOption(forceOption())
    .action(async (file: Word, selectors: Words, options: PipelineOptions) => {
      const {planCommand} = await import('./plan-command.ts');
      end(await planCommand(wordsOf(file, selectors), options, world));
    });
  pipelineCommand(program, 'validate', 'check a pipeline without looking at the store').action(
    async (file: Word, selectors: Words, options: PipelineOptions) => {
      const {validateCommand} = await import('./validate-command.ts');
      end(await validateCommand(wordsOf(file, selectors), options, world));
    },
  );
  program
    .command('doctor')
    .description('show what pipelines would run on here, and why')
    .addOption(storeOption())
    .addOption(engineOption())
    .action(async (options: Pick<RunOptions, 'store' | 'engine'>) => {
      const {doctorCommand} = await import('./doctor-command.ts');
      end(await doctorCommand(options, world));
    });
  declareStoreCommands(program, world, end);
  return program;
}

/** A command about a pipeline: `[FILE] [SELECTOR…]`, in any order. `target.ts` tells them apart. */
function pipelineCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('[file]', 'the pipeline file, ending in .yaml or .yml (default: pipeline.yaml)')
    .argument('[selectors...]', 'stage or stage[axis=value|value,…]: these, and all they need')
    .addOption(storeOption())
    .addOption(setOption());
}

type Word = string | undefined;
type Words = readonly string[];

function wordsOf(file: Word, selectors: Words): Words {
  return file === undefined ? selectors : [file, ...selectors];
}

function setOption(): Option {
  return repeatable('--set <name=value>', 'override a parameter of the pipeline');
}

function untilOption(): Option {
  return repeatable('--until <selector>', 'leave out what comes after these');
}

function forceOption(): Option {
  return repeatable('--force <selector>', 'run these even if their results are stored');
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (may be repeated)`).argParser(
    (word, words: Words | undefined) => [...(words ?? []), word],
  );
}

function engineOption(): Option {
  return new Option('--engine <name>', 'what executes tensor programs')
    .choices(['auto', 'tfjs'])
    .default('auto');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError('It must be an integer ≥ 1.');
  }
  return count;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw new InvalidArgumentError('It must be a number ≥ 0.');
  }
  return seconds;
}

function bugReport(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    `This is a bug in pipeline, not a mistake of yours.\n${text}\n` +
    "Please report it with the text above and the run's events.jsonl (below runs/ in the store).\n"
  );
}
