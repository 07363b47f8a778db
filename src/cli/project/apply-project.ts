import path from 'node:path';
import type {Command, Option} from 'commander';
import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {findFile} from '../find-file.ts';
import {shippedPipeline} from '../shipped-pipelines.ts';
import type {ProcessWorld, World} from '../world.ts';
import {chooseStore, passedOverLines, type StoreChoice} from './choose-store.ts';
import {applyDefaults} from './apply-defaults.ts';
import {findProjectFile} from './find-project-file.ts';
import {readSettings} from './read-settings.ts';
import type {Settings} from './settings.ts';

/** The project of a command line. */
export interface Project extends Omit<Settings, 'defaults'> {
  /** Its file, as it is shown. Absent: there is none. */
  readonly file?: string;
  /** Values of options that are not given on the command line, by commander's names of the options. */
  readonly defaults: ReadonlyMap<string, unknown>;
  /** Options that the command line gives, by the same names. Absent: no command line was read. */
  readonly given?: ReadonlySet<string>;
  /** A line for each file that is not used, which says why. */
  readonly refused: readonly string[];
  /** The mistakes in its file and in the user's configuration. */
  readonly mistakes: readonly Diagnostic[];
}

/**
 * Gives a command what the project file and the user's configuration say: the store and the values of options, where the
 * command line does not give them, and the rest as the option `project`. Says which stores and files were passed over.
 * Does nothing for a command without a store, and for one that another process calls, which is told its store.
 * @returns the store that a command of this folder finds without a pipeline; `undefined`: nobody asks
 */
export async function applyProject(
  program: Command,
  command: Command,
  world: World,
): Promise<{readonly project: Project; readonly usualStore: string} | undefined> {
  const option = command.options.find((one) => one.attributeName() === 'store');
  if (option === undefined || option.mandatory) return undefined;
  const pipeline = pipelineOf(command, world);
  const project = await findProject(program, pipeline, world);
  const given = applyDefaults(command, project.defaults);
  command.setOptionValueWithSource('project', {...project, given}, 'config');
  const lines = [...project.refused];
  if (command.getOptionValueSource('store') !== 'cli') {
    const choice = storeOf(project, pipeline, world.cwd);
    command.setOptionValueWithSource('store', choice.store, 'config');
    lines.push(...passedOverLines(choice));
  }
  const isQuiet = command.getOptionValue('quiet') === true;
  if (!isQuiet) for (const line of lines) world.stderr.write(`${line}\n`);
  const {file} = findProjectFile(world.cwd, world.cwd);
  const isRead = project.file === (file && displayPath(file, world.cwd));
  const here = isRead ? project : await findProject(program, undefined, world);
  return {project, usualStore: storeOf(here, undefined, world.cwd).store};
}

/** The project of a pipeline file; without one, that of the current folder. */
export async function findProject(
  program: Command,
  pipeline: string | undefined,
  {cwd, environment}: Pick<ProcessWorld, 'cwd' | 'environment'>,
): Promise<Project> {
  const named = pipeline === undefined ? cwd : path.resolve(cwd, pipeline);
  const folder = pipeline === undefined ? cwd : path.dirname(named);
  const {file, refused} = findProjectFile(folder, named);
  const log = new DiagnosticLog();
  const shown = file && displayPath(file, cwd);
  const settings = await readSettings({environment, ...(shown && {project: shown})}, log);
  const {options} = program.commands.find((one) => one.name() === 'run')!;
  return {
    ...settings,
    defaults: await defaultsOf(settings, options, log),
    ...(shown !== undefined && {file: shown}),
    refused: refused.map((one) => `${displayPath(one.file, cwd)} is not used: ${one.why}.`),
    mistakes: log.sorted(),
  };
}

async function defaultsOf(
  {defaults}: Settings,
  options: readonly Option[],
  log: DiagnosticLog,
): Promise<ReadonlyMap<string, unknown>> {
  if (defaults === undefined) return new Map();
  const {parseDefaults} = await import('./parse-defaults.ts');
  return parseDefaults(defaults, options, log);
}

/** The store of a project, or the one that is found. */
export function storeOf(
  {store}: Pick<Settings, 'store'>,
  pipeline: string | undefined,
  cwd: string,
): StoreChoice {
  return chooseStore(
    {...(store !== undefined && {store}), ...(pipeline !== undefined && {pipeline})},
    cwd,
  );
}

/** The pipeline file that a command line names. One that comes with this program belongs to no project. */
function pipelineOf({registeredArguments, args}: Command, world: World): string | undefined {
  if (!registeredArguments.some((argument) => argument.name() === 'file')) return undefined;
  const found = findFile(args, world);
  if (found.kind === 'none') return undefined;
  const isShipped = args.some((word) => shippedPipeline(word, world).kind === 'shipped');
  return isShipped ? undefined : found.file;
}
