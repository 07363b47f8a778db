import {Option, type Command} from 'commander';
import type {ExitCode} from '../exit-codes.ts';
import type {ExportOptions} from './export-command.ts';
import type {ImportOptions} from './import-command.ts';
import {storeOption} from '../options/store-option.ts';
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
    program.command('import').description('import files of the official PyTorch program'),
    world,
    end,
  );
}

function declareExports(exports: Command, world: World, end: (code: ExitCode) => void): void {
  exports
    .command('pt')
    .description('write tensors as files that torch.load(weights_only=True) reads')
    .argument(
      '<what>',
      'instance, instance.output, instance.output[n], the first digits of a digest or a key (at least 6), or the path of a file',
    )
    .requiredOption('-o, --output <path>', 'a file ending in .pt, or a folder')
    .addOption(storeOption())
    .action(async (what: string, options: ExportOptions & {readonly output: string}) => {
      const {exportPtCommand} = await import('./export-command.ts');
      end(await exportPtCommand(what, options, world));
    });
  exports
    .command('tensorboard')
    .description('write curves, histograms and pictures of a run as event files')
    .argument('[run]', "a run's name, an unambiguous part of it, or latest", 'latest')
    .option(
      '-o, --output <folder>',
      'the folder to write (default: tensorboard/ and the name of the run)',
    )
    .addOption(storeOption())
    .action(async (run: string, options: ExportOptions) => {
      const {exportTensorboardCommand} = await import('./export-command.ts');
      end(await exportTensorboardCommand(run, options, world));
    });
}

function declareImports(imports: Command, world: World, end: (code: ExitCode) => void): void {
  importCommand(imports, 'buffers', 'import experts: replay_buffer_*.pt')
    .requiredOption('--model <name>', 'the network of the experts')
    .action(async (files: readonly string[], options: ImportOptions) => {
      const {importCommand} = await import('./import-command.ts');
      end(await importCommand('buffers', files, options, world));
    });
  importCommand(imports, 'synthetic', 'import a synthetic set: images_best.pt and labels_best.pt')
    .addOption(
      new Option(
        '--step-size <number>',
        'the learned step size, which the files do not contain',
      ).argParser(Number),
    )
    .option('--model <name>', 'the network to evaluate the set with', 'ConvNet')
    .action(async (files: readonly string[], options: ImportOptions) => {
      const {importCommand} = await import('./import-command.ts');
      end(await importCommand('synthetic', files, options, world));
    });
}

function importCommand(imports: Command, kind: string, description: string): Command {
  return imports
    .command(kind)
    .description(description)
    .argument('<files...>', 'files written by torch.save, or a folder of them')
    .requiredOption('--dataset <name>', 'the data set from which they were made')
    .option('--source <url>', 'the source of the data set; imagenet and images need one')
    .option('--classes <names>', 'the classes: a subset of imagenet, or folders: a,b')
    .option('--no-zca', 'the images were normalised, not whitened')
    .option('-o, --output <file>', 'the pipeline file to write', 'imported.yaml')
    .option('--no-run', 'only write the pipeline file')
    .addOption(storeOption());
}
