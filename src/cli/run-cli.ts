import {Command, CommanderError} from 'commander';
import {isSystemError, whyRefused} from '../base/errno.ts';
import {sourceStack} from '../base/source-stack.ts';
import {declareWorkCommand} from './cluster/member/declare-work-command.ts';
import {declareClusterCommands} from './cluster/cluster-commands.ts';
import {declareDevicesCommand} from './help/declare-devices-command.ts';
import {declareCompletionCommands} from './completion/completion-commands.ts';
import {declareExchangeCommands} from './exchange/exchange-commands.ts';
import {CollectedFaults, PrintedFaults, type Faults} from './faults.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {guide} from './help/command-guide.ts';
import {declareHelpCommands} from './help/help-commands.ts';
import {hintFor} from './help/other-words.ts';
import {declarePageCommands} from './page/page-commands.ts';
import {declarePipelineCommands} from './pipeline/pipeline-commands.ts';
import {declareReadingCommands} from './reading/reading-commands.ts';
import {declareRemoteCommands} from './remote/remote-commands.ts';
import {declareRunsCommands} from './runs/runs-commands.ts';
import {declareStoreCommands} from './store/store-commands.ts';
import type {ProcessWorld, World} from './world.ts';
import {writeJsonLine} from './write-json.ts';

/** Executes a command line. Every end is an exit code; it never rejects. */
export async function runCli(args: readonly string[], given: ProcessWorld): Promise<ExitCode> {
  if (!asksForJson(args)) {
    const code = await execute(args, given, new PrintedFaults(given.stderr));
    return unlessLost(code, given);
  }
  const faults = new CollectedFaults();
  const exitCode = await execute(args, given, faults);
  if (faults.found.length > 0) {
    // Errors stand in place of the answer. Warnings stop nothing, so that there is an answer as well.
    const screen = faults.hasErrors ? given.stdout : given.stderr;
    writeJsonLine({diagnostics: faults.found}, {stdout: screen});
  }
  return unlessLost(exitCode, given);
}

/** The exit code of a command, unless all went well but for its output, which the disk did not take. */
function unlessLost(code: ExitCode, world: ProcessWorld): ExitCode {
  const lost = world.lostOutput();
  if (code !== exitCodes.ok || lost === undefined) return code;
  world.stderr.write(`Not everything that was printed could be written: ${whyRefused(lost)}.\n`);
  return exitCodes.storeUnusable;
}

/** Whether a program reads what is printed: asked of the words themselves, since they may be wrong. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const words = args.slice(0, end < 0 ? args.length : end);
  return words.some(
    (word, at) =>
      word === '--json' ||
      word === '--format=json' ||
      (word === 'json' && words[at - 1] === '--format'),
  );
}

async function execute(
  args: readonly string[],
  given: ProcessWorld,
  faults: Faults,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  let usualStore = 'artifacts';
  const world = {...given, faults, usualStore: () => usualStore};
  const program = commands(world, (code) => (exitCode = code), args[0]);
  program.hook('preAction', async (_, command) => {
    const {applyProject} = await import('./project/apply-project.ts');
    const applied = await applyProject(program, command, world);
    usualStore = applied?.usualStore ?? usualStore;
    const mistakes = applied?.project.mistakes ?? [];
    // `validate` tells them with those of the pipeline.
    if (mistakes.length === 0 || command.name() === 'validate') return;
    faults.diagnostics(mistakes);
    throw new CommanderError(exitCodes.invalidPipeline, invalidProject, '');
  });
  try {
    const hint = hintFor(program, args);
    if (hint !== undefined) program.error(hint);
    await program.parseAsync(args, {from: 'user'});
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === invalidProject) return exitCodes.invalidPipeline;
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    if (isSystemError(error)) {
      const where = error.path === undefined ? '' : ` (${error.path})`;
      const message = `The store cannot be used: ${whyRefused(error)}${where}.`;
      world.faults.fault('unusable-store', message);
      return exitCodes.storeUnusable;
    }
    world.faults.fault('internal-error', bugReport(error));
    return exitCodes.internalError;
  }
}

/** The code of the error that ends a command whose project file has mistakes. */
const invalidProject = 'distillery.invalidProject';

/** Each function loads the code of its commands when they are called. Pipelines come first: a project needs the options of `run`. */
const declarations = [
  declarePipelineCommands,
  declareClusterCommands,
  declareDevicesCommand,
  declareWorkCommand,
  declareExchangeCommands,
  declareHelpCommands,
  declareReadingCommands,
  declareRunsCommands,
  declarePageCommands,
  declareStoreCommands,
  declareRemoteCommands,
  declareCompletionCommands,
] as const;

/**
 * Declares commands and options.
 * @param first the first word of the command line: once its command is declared, no other is needed. Absent: declares all
 */
export function commands(world: World, end: (code: ExitCode) => void, first?: string): Command {
  const program = new Command('pipeline')
    .description('Runs declarative pipelines; computes no result twice.')
    .option('-V, --version', 'print the version')
    .on('option:version', () => {
      world.stdout.write(`distillery ${world.findVersion()}, Node.js ${world.nodeVersion}\n`);
      throw new CommanderError(0, 'commander.version', '');
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: (text) =>
        world.faults.fault('bad-command-line', text.trimEnd(), '(pipeline --help shows how)'),
    });
  for (const declare of declarations) {
    declare(program, world, end);
    if (program.commands.some((command) => command.name() === first)) break;
  }
  guide(program, world.offers);
  return program;
}

function bugReport(error: unknown): string {
  const text = sourceStack(error);
  return (
    `This is a bug in pipeline, not a mistake of yours.\n${text}\n` +
    "Please report it with the text above and the run's events.jsonl (below runs/ in the store)."
  );
}
