import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {digestOf} from '../../base/digest.ts';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import type {ImportedFile, ImportKind} from '../../contract/offers.ts';
import {readRun} from '../../journal/run-account.ts';
import {runName as newRunName} from '../../journal/run-name.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {inspectStore} from '../../store/open-store.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {FaultCode} from '../faults.ts';
import {storeWords} from '../options/store-option.ts';
import {runJson} from '../reading/status-command.ts';
import {createWhole, replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {checkImported} from './check-imported.ts';

/** The options of the kind of files are among them. */
export interface ComposeOptions extends Readonly<Record<string, unknown>> {
  readonly store: string;
  readonly run: boolean;
  readonly json?: true;
}

/** A pipeline file to write for files of the user's. */
export interface Composing {
  /** The command that writes it. */
  readonly by: string;
  /** The option that names the pipeline file, and its value. */
  readonly flag: string;
  readonly file: string;
  readonly files: readonly Omit<ImportedFile, 'reference'>[];
  /** The selectors of what is run; none: all of it. */
  readonly selectors: readonly string[];
}

/** Writes a pipeline for files, and runs it, or the part that is asked for. */
export async function composePipeline(
  kind: ImportKind,
  composing: Composing,
  options: ComposeOptions,
  world: World,
): Promise<ExitCode> {
  const {by, flag, files} = composing;
  const refuse = (code: FaultCode, message: string): ExitCode => {
    world.faults.fault(code, message);
    return exitCodes.usage;
  };
  const file = path.resolve(world.cwd, composing.file);
  const shown = displayPath(file, world.cwd);
  if (!/\.ya?ml$/.test(file)) {
    return refuse('bad-command-line', `${flag}: ${shown} must end in .yaml or .yml.`);
  }
  const {importedPipeline, findFileFault} = await kind.load();
  const given = files.map((place) => ({...place, reference: from(file, place.path)}));
  const imported = await importedPipeline(given, options);
  if ('fault' in imported) return refuse('bad-data', imported.fault);
  if (!(await checkImported(shown, imported, options, world))) return exitCodes.invalidPipeline;
  // Reported now, rather than after minutes of whitening.
  const fault = options.run ? await findFileFault(given, options) : undefined;
  if (fault !== undefined) return refuse('bad-data', fault);
  const whyNot = await write(file, imported.text, {shown, by, flag});
  if (whyNot !== undefined) return refuse('unwritable-file', whyNot);
  const words = ['run', shown, ...storeWords(options.store)];
  const command = sameAgain({program: world.commandLine.program, words});
  if (options.json !== true) world.stdout.write(`Wrote ${shown}. To run all of it: ${command}\n`);
  const answer = {pipeline: shown, files: [shown], command};
  if (options.run) return await runPart(answer, composing.selectors, {words, ...options}, world);
  if (options.json === true) writeJson({...answer, run: null}, world);
  return exitCodes.ok;
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

/** Runs what is asked for. Prints the answer with the run, if a program reads it; what the run says goes to standard error then. */
async function runPart(
  answer: {readonly pipeline: string},
  selectors: readonly string[],
  {words: again, store, json}: ComposeOptions & {readonly words: readonly string[]},
  world: World,
): Promise<ExitCode> {
  const {runCommand} = await import('../pipeline/run-command.ts');
  const runName = newRunName(new Date());
  const words = [...again, ...selectors];
  const options = {store, engine: 'auto', settings: storeWords(store), runName} as const;
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
