import {Command, CommanderError} from 'commander';
import {isSystemError, whyRefused} from '../base/errno.ts';
import {declareDevicesCommand} from './options/devices-option.ts';
import {declareExchangeCommands} from './exchange/exchange-commands.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {declareHelpCommands} from './help/help-commands.ts';
import {declarePageCommands} from './page/page-commands.ts';
import {declarePipelineCommands} from './pipeline/pipeline-commands.ts';
import {declareReadingCommands} from './reading/reading-commands.ts';
import {declareRunsCommands} from './runs/runs-commands.ts';
import {declareStoreCommands} from './store/store-commands.ts';
import type {World} from './world.ts';

/** Executes a command line. Every end is an exit code; it never rejects. */
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
      const where = error.path === undefined ? '' : ` (${error.path})`;
      world.stderr.write(`The store cannot be used: ${whyRefused(error)}${where}.\n`);
      return exitCodes.storeUnusable;
    }
    world.stderr.write(bugReport(error));
    return exitCodes.internalError;
  }
}

/** Declares all commands and options. */
export function commands(world: World, end: (code: ExitCode) => void): Command {
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
    })
    .showHelpAfterError('(pipeline --help shows how)');
  // Each command loads its own code, so that help appears immediately.
  declarePipelineCommands(program, world, end);
  declareDevicesCommand(program, world, end);
  declareExchangeCommands(program, world, end);
  declareHelpCommands(program, world, end);
  declareReadingCommands(program, world, end);
  declareRunsCommands(program, world, end);
  declarePageCommands(program, world, end);
  declareStoreCommands(program, world, end);
  return program;
}

function bugReport(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    `This is a bug in pipeline, not a mistake of yours.\n${text}\n` +
    "Please report it with the text above and the run's events.jsonl (below runs/ in the store).\n"
  );
}
