import {InvalidArgumentError, type Command, Option} from 'commander';
import {settingsOf} from '../command-line.ts';
import {devicesOption} from '../options/devices-option.ts';
import {engineOption, softwareOption} from '../options/engine-option.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {GraphOptions} from './graph-command.ts';
import type {LockOptions} from './lock-command.ts';
import {jobsOption} from '../options/jobs-option.ts';
import {notifyOption} from '../options/notify-option.ts';
import {longestMs, parseTime} from '../../pipeline/source/parse-time.ts';
import type {PlanOptions, RunOptions} from '../options/pipeline-options.ts';
import {
  fileWords,
  pipelineCommand,
  withParams,
  wordsOf,
  type Word,
  type Words,
} from '../options/pipeline-command.ts';
import {repeatable} from '../options/repeatable.ts';
import {storeOption} from '../options/store-option.ts';
import type {ValidateOptions} from './validate-command.ts';
import type {WhyOptions} from './why-command.ts';
import type {World} from '../world.ts';

/** Declares the commands about a pipeline. */
export function declarePipelineCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  declareRun(program, world, end);
  pipelineCommand(program, 'graph', 'draw a pipeline')
    .addOption(
      new Option('--format <name>', 'the form of the drawing')
        .choices(['text', 'mermaid', 'dot', 'svg', 'json'])
        .default('text'),
    )
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .option('--instances', 'draw every instance, not one node for each stage')
    .option('-o, --output <file>', 'write to a file')
    .action(async (file: Word, selectors: Words, options: GraphOptions) => {
      const {graphCommand} = await import('./graph-command.ts');
      end(await graphCommand(wordsOf(file, selectors), options, world));
    });
  declarePlan(program, world, end);
  pipelineCommand(program, 'validate', 'check a pipeline without looking at the store')
    .addOption(
      new Option('--format <name>', 'the form in which mistakes are printed')
        .choices(['text', 'json', 'github', 'sarif'])
        .default('text'),
    )
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .addOption(noLockOption())
    .action(async (file: Word, selectors: Words, options: ValidateOptions) => {
      const {validateCommand} = await import('./validate-command.ts');
      end(await validateCommand(wordsOf(file, selectors), options, world));
    });
  declareLock(program, world, end);
  pipelineCommand(program, 'why', 'explain why instances would run, or why they last ran')
    .addOption(engineOption(world.offers.engines))
    .option('--json', 'print a line of JSON for every instance')
    .action(async (file: Word, selectors: Words, options: WhyOptions) => {
      const {whyCommand} = await import('./why-command.ts');
      end(await whyCommand(wordsOf(file, selectors), options, world));
    });
}

function declareLock(program: Command, world: World, end: (code: ExitCode) => void): void {
  const command = program
    .command('lock')
    .description('hold a pipeline to its data, code and engine: write them beside it')
    .argument('[file]', fileWords)
    .option('--check', 'compare the lock with what there is; write nothing')
    .addOption(storeOption());
  withParams(command)
    .addOption(
      new Option(
        '--engine <name>',
        'the engine to hold to; auto: any (default: that of the stored results)',
      ).choices(['auto', ...Object.keys(world.offers.engines)]),
    )
    .option('--json', 'print JSON')
    .action(async (file: Word, options: LockOptions) => {
      const {lockCommand} = await import('./lock-command.ts');
      end(await lockCommand(wordsOf(file), options, world));
    });
}

function declarePlan(program: Command, world: World, end: (code: ExitCode) => void): void {
  const command = pipelineCommand(program, 'plan', 'show what a run would do, and why')
    .addOption(untilOption())
    .addOption(forceOption())
    .addOption(engineOption(world.offers.engines))
    .addOption(jobsOption())
    .addOption(devicesOption())
    .addOption(onOption('show what a cluster would be asked for'))
    .option('--all', 'show every instance on a line of its own')
    .option('--no-calibrate', 'estimate durations without measuring the speed of this machine')
    .addOption(noLockOption())
    .addOption(noRemoteOption())
    .option('--json', 'print a line of JSON for every instance, and one for all');
  const settings = settingsOf(command);
  command.action(async (file: Word, selectors: Words, {on, ...options}: PlanOptions) => {
    const words = wordsOf(file, selectors);
    if (on === undefined) {
      const {planCommand} = await import('./plan-command.ts');
      end(await planCommand(words, options, world));
      return;
    }
    const {runOnCommand} = await import('../cluster/run-on-command.ts');
    end(await runOnCommand(words, {...options, on, dryRun: true, settings}, world));
  });
}

function declareRun(program: Command, world: World, end: (code: ExitCode) => void): void {
  const command = pipelineCommand(program, 'run', 'run everything that is not stored yet')
    .addOption(untilOption())
    .addOption(forceOption())
    .addOption(engineOption(world.offers.engines))
    .addOption(softwareOption())
    .addOption(jobsOption())
    .addOption(devicesOption())
    .option('--keep-going', 'after a failure, run everything that does not depend on it')
    .addOption(
      new Option('--stored', 'build tables from stored results; start nothing else').conflicts(
        'force',
      ),
    )
    .option(
      '--checkpoint-interval <seconds>',
      'seconds between two checkpoints of a running stage (default: 5)',
      parseSeconds,
    )
    .option(
      '--stop-within <time>',
      'how long a stage that was asked to stop may take before it is ended, such as 90s or 1h (default: 5m)',
      parseLimit,
    )
    .option('-q, --quiet', 'print results and errors only')
    .option('--json', 'print the events of the run, one line of JSON each')
    .option('--open', 'show the page of the run in the browser while it goes on')
    .addOption(
      new Option(
        '--detach',
        'run in a process of its own, which goes on when the terminal is closed; with --on: return when members were asked for',
      ).conflicts('open'),
    )
    .addOption(onOption('let members on a cluster compute it'))
    .addOption(
      new Option('--dry-run', 'with --on: print what plan --on does; write nothing').conflicts([
        'detach',
        'open',
      ]),
    )
    .addOption(notifyOption(program))
    .addOption(noLockOption())
    .addOption(noRemoteOption())
    .addOption(
      new Option('--remote-write', 'put results into the remote cache, whatever its `mode` says'),
    );
  const settings = settingsOf(command);
  command.action(async (file: Word, selectors: Words, given: RunOptions) => {
    const options = {...given, settings};
    if (given.on === undefined && given.dryRun !== true) {
      end(await runHere(wordsOf(file, selectors), options, world));
      return;
    }
    const {runOnCommand} = await import('../cluster/run-on-command.ts');
    end(await runOnCommand(wordsOf(file, selectors), options, world));
  });
}

/** Runs a pipeline on this machine: what a run with nothing to do needs is loaded first. */
async function runHere(
  words: readonly string[],
  options: RunOptions,
  world: World,
): Promise<ExitCode> {
  const {repeatRequest} = await import('./repeat-request.ts');
  const request = repeatRequest(words, options, world);
  if (request !== undefined) {
    const {runAgain} = await import('./run-again.ts');
    const again = await runAgain(request, options, world);
    if (again !== undefined) return again;
  }
  const {runCommand} = await import('./run-command.ts');
  return await runCommand(words, options, world, request);
}

function onOption(what: string): Option {
  return new Option('--on <cluster>', `${what}: the name of a profile, or its path`).conflicts([
    'jobs',
    'devices',
    'stored',
  ]);
}

function noLockOption(): Option {
  return new Option('--no-lock', 'do not hold to the lock beside the pipeline');
}

function noRemoteOption(): Option {
  return new Option('--no-remote', 'do not use the remote cache of the configuration');
}

function untilOption(): Option {
  return repeatable('--until <selector>', 'leave out everything after these instances');
}

function forceOption(): Option {
  return repeatable(
    '--force <selector>',
    "run these instances even if their results are stored; '*': all of them",
  );
}

/** In milliseconds. */
function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isFinite(seconds) || seconds < 0) {
    throw new InvalidArgumentError('It must be a number ≥ 0.');
  }
  return 1000 * seconds;
}

function parseLimit(text: string): number {
  const ms = parseTime(text);
  if (ms === undefined || ms > longestMs) {
    throw new InvalidArgumentError('It must be a time such as 90s, 5m or 1h, and at most 24d.');
  }
  return ms;
}
