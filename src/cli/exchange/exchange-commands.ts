import {InvalidArgumentError, Option, type Command} from 'commander';
import type {ExportKind, ImportKind, Imports, OptionDeclaration} from '../../contract/offers.ts';
import type {ExitCode} from '../exit-codes.ts';
import type {EvaluateOptions} from './evaluate-command.ts';
import type {ExportOptions} from './export-command.ts';
import type {ExportCrateOptions} from './export-crate-command.ts';
import type {ImportOptions} from './import-command.ts';
import {fileWords} from '../options/pipeline-command.ts';
import {repeatable} from '../options/repeatable.ts';
import {storeOption} from '../options/store-option.ts';
import type {SweepOptions} from './sweep/sweep-command.ts';
import type {World} from '../world.ts';

/** Declares the commands that import from and export to other programs. */
export function declareExchangeCommands(
  program: Command,
  world: World,
  end: (code: ExitCode) => void,
): void {
  declareExports(
    program.command('export').description('write results for other programs'),
    world,
    end,
  );
  declareImports(
    program.command('import').description(world.offers.imports.description),
    world,
    end,
  );
  declareEvaluation(program, world, end);
  declareSweep(program, world, end);
}

const resultWords =
  'instance, instance.output, instance.output[n], the first digits of a digest or a key (at least 6), or the path of a file';

function declareExports(exports: Command, world: World, end: (code: ExitCode) => void): void {
  exports
    .command('pt')
    .description('write tensors as files that torch.load(weights_only=True) reads')
    .argument('<what>', resultWords)
    .requiredOption('-o, --output <path>', 'a file ending in .pt, or a folder')
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (what: string, options: ExportOptions & {readonly output: string}) => {
      const {exportPtCommand} = await import('./export-command.ts');
      end(await exportPtCommand(what, options, world));
    });
  for (const kind of world.offers.exports) declareFolderExport(exports, kind, world, end);
  exports
    .command('tensorboard')
    .description('write curves, histograms and pictures of a run as event files')
    .argument('[run]', "a run's name, an unambiguous part of it, or latest", 'latest')
    .option(
      '-o, --output <folder>',
      'the folder to write (default: tensorboard/ and the name of the run)',
    )
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (run: string, options: ExportOptions) => {
      const {exportTensorboardCommand} = await import('./export-command.ts');
      end(await exportTensorboardCommand(run, options, world));
    });
  declareCrateExport(exports, world, end);
}

function declareCrateExport(exports: Command, world: World, end: (code: ExitCode) => void): void {
  exports
    .command('crate')
    .description('write a run as an RO-Crate: its results, and how they were made')
    .argument('[run]', "a run's name, an unambiguous part of it, or latest", 'latest')
    .requiredOption('-o, --output <folder>', 'the folder to make')
    .option(
      '--license <name>',
      'the licence of the results: an identifier of the SPDX list such as CC-BY-4.0, an address, or a text',
    )
    .addOption(
      repeatable('--author <name>', 'who made the run: Name, or Name <address> such as an ORCID'),
    )
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (run: string, options: ExportCrateOptions) => {
      const {exportCrateCommand} = await import('./export-crate-command.ts');
      end(await exportCrateCommand(run, options, world));
    });
}

function declareFolderExport(
  exports: Command,
  kind: ExportKind,
  world: World,
  end: (code: ExitCode) => void,
): void {
  exports
    .command(kind.name)
    .description(kind.description)
    .argument('<what>', resultWords)
    .requiredOption('-o, --output <folder>', 'the folder to make')
    .addOption(storeOption())
    .option('--json', 'print JSON')
    .action(async (what: string, options: ExportOptions & {readonly output: string}) => {
      const {exportFoldersCommand} = await import('./export-command.ts');
      end(await exportFoldersCommand(kind, what, options, world));
    });
}

function declareImports(imports: Command, world: World, end: (code: ExitCode) => void): void {
  const offered = world.offers.imports;
  for (const kind of offered.kinds) {
    declareImport(imports, kind, offered).action(
      async (files: readonly string[], options: ImportOptions) => {
        const {importCommand} = await import('./import-command.ts');
        end(await importCommand(kind, files, options, world));
      },
    );
  }
}

function declareEvaluation(program: Command, world: World, end: (code: ExitCode) => void): void {
  const {evaluation} = world.offers;
  const command = program
    .command(evaluation.name)
    .description(evaluation.description)
    .argument('<what...>', evaluation.files);
  for (const option of evaluation.options) command.addOption(optionOf(option));
  command
    .option('--write <file>', 'the pipeline file to write', 'evaluation.yaml')
    .option('--no-run', 'only write the pipeline file')
    .option('--json', 'print JSON; progress goes to standard error')
    .addOption(storeOption())
    .action(async (words: readonly string[], options: EvaluateOptions) => {
      const {evaluateCommand} = await import('./evaluate-command.ts');
      end(await evaluateCommand(words, options, world));
    });
}

function declareSweep(program: Command, world: World, end: (code: ExitCode) => void): void {
  program
    .command('sweep')
    .description('run a pipeline at many points, and compare their scores')
    .argument('[file]', fileWords)
    .addOption(
      repeatable(
        '--over <name=values>',
        'vary a parameter, or stage.parameter: over values (a=1,2,3), or with --sample over a range (a=1..1000)',
      ).makeOptionMandatory(),
    )
    .option(
      '--sample <n>',
      'draw as many points; a range with ends more than a decade apart is drawn from evenly by the logarithm (default: all combinations)',
      parseCount,
    )
    .option('--seed <n>', 'the seed of the draws (default: 0)', parseSeed)
    .addOption(
      repeatable(
        '--params-file <file>',
        'set parameters at all points by a mapping in YAML or JSON; later files, --set and --over win',
      ),
    )
    .addOption(
      repeatable('--set <name=value>', 'set a parameter, or stage.parameter, at all points'),
    )
    .addOption(
      repeatable('--mean <name>', 'compare means over this parameter of --over, such as a seed'),
    )
    .addOption(
      repeatable(
        '--best <axis=value>',
        'order the points by these scores, such as set=distilled (default: the first column)',
      ),
    )
    .option(
      '--scores <output>',
      'compare the scores of this output, or stage.output (default: the only ones that no other scores are made of)',
    )
    .option('--write <file>', 'the pipeline file to write', 'sweep.yaml')
    .option('--no-run', 'only write the pipeline file')
    .option('--json', 'print JSON; progress goes to standard error')
    .addOption(storeOption())
    .action(async (file: string | undefined, options: SweepOptions) => {
      const {sweepCommand} = await import('./sweep/sweep-command.ts');
      end(await sweepCommand(file, options, world));
    });
}

function declareImport(imports: Command, kind: ImportKind, {files, options}: Imports): Command {
  const command = imports
    .command(kind.name)
    .description(kind.description)
    .argument('<files...>', files);
  for (const option of options) command.addOption(optionOf(option));
  command
    .option('-o, --output <file>', 'the pipeline file to write', 'imported.yaml')
    .option('--no-run', 'only write the pipeline file')
    .option('--json', 'print JSON; progress goes to standard error')
    .addOption(storeOption());
  for (const option of kind.options) command.addOption(optionOf(option));
  return command;
}

function optionOf({
  flags,
  description,
  isRequired,
  isNumber,
  choices,
  ...given
}: OptionDeclaration): Option {
  const option = new Option(flags, description).makeOptionMandatory(isRequired === true);
  if (isNumber === true) option.argParser(parseNumber);
  if (choices !== undefined) option.choices(choices);
  if (given.default !== undefined) option.default(given.default);
  return option;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new InvalidArgumentError('It must be a whole number, at least 0.');
}

function parseNumber(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number.');
}
