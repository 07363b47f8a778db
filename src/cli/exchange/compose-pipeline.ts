import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {digestOf} from '../../base/digest.ts';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import type {
  ImportedFile,
  ImportedText,
  ImportFault,
  ImportKind,
  RecalledResult,
} from '../../contract/offers.ts';
import {readRun} from '../../journal/run-account.ts';
import {runName as newRunName} from '../../journal/run-name.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {inspectStore} from '../../store/open-store.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {FaultCode} from '../faults.ts';
import type {Project} from '../project/apply-project.ts';
import {storeWords} from '../options/store-option.ts';
import {runJson} from '../reading/status-command.ts';
import {createWhole, replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {checkImported, valueSpan} from './check-imported.ts';

/** The options of the kind of files are among them. */
export interface ComposeOptions extends Readonly<Record<string, unknown>> {
  readonly store: string;
  readonly project: Project;
  readonly run: boolean;
  readonly json?: true;
}

/** A pipeline file to write. */
export interface Composing {
  /** The command that writes it. */
  readonly by: string;
  /** The option that names the pipeline file, and its value. */
  readonly flag: string;
  readonly file: string;
  /** The selectors of what is run; none: all of it. */
  readonly selectors: readonly string[];
  /** Options of the run. Absent: the usual ones. */
  readonly keepGoing?: true;
  /** Gives the text, or says what is missing. @param refer refers to a file in the text */
  compose(refer: (file: string) => string): Promise<Composed | ImportFault>;
}

export interface Composed extends ImportedText {
  /** See `FindFileFault`. Absent: nothing else can be wrong. */
  readonly findFault?: () => Promise<string | undefined>;
}

/** Composes a pipeline for files of the user's. */
export function composeFor(
  kind: ImportKind,
  files: readonly Omit<ImportedFile, 'reference'>[],
  {
    options,
    recalled,
  }: {
    readonly options: ComposeOptions;
    /** See `ImportedPipeline`. */
    readonly recalled?: readonly RecalledResult[];
  },
): Composing['compose'] {
  return async (refer) => {
    const {importedPipeline, findFileFault} = await kind.load();
    const given = files.map((place) => ({...place, reference: refer(place.path)}));
    const imported = await importedPipeline(given, options, recalled);
    if ('fault' in imported) return imported;
    return {...imported, findFault: async () => await findFileFault(given, options)};
  };
}

/** Writes a pipeline, and runs it, or the part that is asked for. */
export async function composePipeline(
  composing: Composing,
  options: ComposeOptions,
  world: World,
): Promise<ExitCode> {
  const {by, flag, keepGoing} = composing;
  const refuse = (code: FaultCode, message: string): ExitCode => {
    world.faults.fault(code, message);
    return exitCodes.usage;
  };
  const file = path.resolve(world.cwd, composing.file);
  const shown = displayPath(file, world.cwd);
  if (!/\.ya?ml$/.test(file)) {
    return refuse('bad-command-line', `${flag}: ${shown} must end in .yaml or .yml.`);
  }
  const imported = await composing.compose((used) => from(file, used));
  if ('fault' in imported) return refuseFiles(imported, world);
  if (!(await checkImported(shown, imported, options, world))) return exitCodes.invalidPipeline;
  // Reported now, rather than after minutes of whitening.
  const fault = options.run ? await imported.findFault?.() : undefined;
  if (fault !== undefined) return refuse('bad-data', fault);
  const whyNot = await write(file, imported.text, {shown, by, flag});
  if (whyNot !== undefined) return refuse('unwritable-file', whyNot);
  const settings = [...storeWords(options.store, world), ...(keepGoing ? ['--keep-going'] : [])];
  const words = ['run', shown, ...settings];
  const command = sameAgain({program: world.commandLine.program, words});
  if (options.json !== true) world.stdout.write(`Wrote ${shown}. To run all of it: ${command}\n`);
  const answer = {pipeline: shown, files: [shown], command};
  if (options.run) {
    const given = {...options, words, settings, ...(keepGoing && {keepGoing})};
    return await runPart(answer, composing.selectors, given, world);
  }
  if (options.json === true) writeJson({...answer, run: null}, world);
  return exitCodes.ok;
}

/** Tells what is wrong, at the argument that it is about. */
function refuseFiles({fault, argument}: ImportFault, {faults}: World): ExitCode {
  if (argument === undefined) faults.fault('bad-data', fault);
  else {
    const span = valueSpan(argument);
    faults.diagnostics([{code: 'misfit', severity: 'error', message: fault, span, notes: []}]);
  }
  return exitCodes.usage;
}

/** Writes the pipeline file, or gives a sentence that says why it cannot be written. */
async function write(
  file: string,
  text: string,
  {shown, by, flag}: {readonly shown: string; readonly by: string; readonly flag: string},
): Promise<string | undefined> {
  try {
    const place = (await isOwn(file, by)) ? replaceWhole : createWhole;
    await place(file, marked(text, by));
    return undefined;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      return `${shown} is there already, and not as \`${by}\` wrote it: \`${flag}\` gives another name.`;
    }
    if (!isSystemError(error)) throw error;
    return `${shown} cannot be written: ${whyRefused(error)}.`;
  }
}

/** A text with a first line that tells whether it was changed since. */
function marked(text: string, by: string): string {
  return `# Written by \`pipeline ${by}\`, to be changed at will. Unchanged: ${digestOf(text).slice(0, 16)}\n${text}`;
}

/** Whether a file is as the command wrote it, so that the same command may replace it. */
async function isOwn(file: string, by: string): Promise<boolean> {
  try {
    const text = await readFile(file, 'utf8');
    return text === marked(text.slice(text.indexOf('\n') + 1), by);
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

interface PartOptions extends Pick<Composing, 'keepGoing'> {
  /** The command that runs all of it. */
  readonly words: readonly string[];
  /** The options among them. */
  readonly settings: readonly string[];
}

/** Runs what is asked for. Prints the answer with the run, if a program reads it; what the run says goes to standard error then. */
async function runPart(
  answer: {readonly pipeline: string},
  selectors: readonly string[],
  {words: again, store, project, json, settings, keepGoing}: ComposeOptions & PartOptions,
  world: World,
): Promise<ExitCode> {
  const {runCommand} = await import('../pipeline/run-command.ts');
  const runName = newRunName(new Date());
  const words = [...again, ...selectors];
  const usual = {engine: 'auto', lock: true, ...Object.fromEntries(project.defaults)};
  const options = {...usual, store, project, settings, runName, ...(keepGoing && {keepGoing})};
  const commandLine = {...world.commandLine, words};
  const stdout = json === true ? world.stderr : world.stdout;
  const place = {...world, commandLine, stdout};
  const code = await runCommand([answer.pipeline, ...selectors], options, place);
  if (json !== true) return code;
  const opened = inspectStore(path.resolve(world.cwd, store));
  const run = opened.kind === 'unusable' ? undefined : readRun(opened.store, runName);
  const hasBegun = run?.started !== undefined && opened.kind !== 'unusable';
  // A run that was refused has given the reason in place of the answer.
  if (hasBegun) writeJson({...answer, run: runJson(run, opened.store)}, world);
  else if (code === exitCodes.ok) writeJson({...answer, run: null}, world);
  return code;
}

/** The path of a file, for a reference in a pipeline file. */
function from(pipelineFile: string, file: string): string {
  const relative = path.relative(path.dirname(pipelineFile), file).replaceAll(path.sep, '/');
  return relative.startsWith('../') ? relative : `./${relative}`;
}
