import {existsSync, readdirSync, statSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import path from 'node:path';
import {digestOf} from '../../base/digest.ts';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import type {ImportKind} from '../../contract/offers.ts';
import {displayPath} from '../../report/text/run-place.ts';
import {sameAgain} from '../command-line.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {storeWords} from '../options/store-option.ts';
import {openTarget} from '../target.ts';
import {createWhole, replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';

/** The options of the kind of files are among them. */
export interface ImportOptions extends Readonly<Record<string, unknown>> {
  readonly store: string;
  /** The pipeline file. */
  readonly output: string;
  readonly run: boolean;
}

/**
 * `pipeline import KIND FILES…`: writes a pipeline that imports files of another program, and runs the import. The same
 * file contains stages that use the imported files.
 */
export async function importCommand(
  kind: ImportKind,
  places: readonly string[],
  options: ImportOptions,
  world: World,
): Promise<ExitCode> {
  const refuse = (message: string): ExitCode => {
    world.stderr.write(`${message}\n`);
    return exitCodes.usage;
  };
  const files = findFiles(kind, places, world.cwd);
  if (typeof files === 'string') return refuse(files);
  const file = path.resolve(world.cwd, options.output);
  const shown = displayPath(file, world.cwd);
  if (!/\.ya?ml$/.test(file)) return refuse(`${shown} must end in .yaml or .yml.`);
  const {importedPipeline} = await kind.load();
  const imported = await importedPipeline(
    files.map((place) => ({
      reference: from(file, place),
      path: place,
      name: displayPath(place, world.cwd),
    })),
    options,
  );
  if ('fault' in imported) return refuse(imported.fault);
  const write = (await isOwn(file)) ? replaceWhole : createWhole;
  try {
    await write(file, marked(imported.text));
  } catch (error) {
    if (isErrno(error, 'EEXIST')) {
      return refuse(
        `${shown} is there already, and not as \`import\` wrote it: \`--output\` gives another name.`,
      );
    }
    if (!isSystemError(error)) throw error;
    return refuse(`${shown} cannot be written: ${whyRefused(error)}.`);
  }
  const opened = await openTarget([shown], {}, world);
  if (opened.kind === 'refused') {
    await rm(file);
    return opened.exitCode;
  }
  const {program} = world.commandLine;
  const words = ['run', shown, ...storeWords(options.store)];
  const all = sameAgain({program, words});
  world.stdout.write(`Wrote ${shown}. To run all of it: ${all}\n`);
  if (!options.run) return exitCodes.ok;
  return await runImport(shown, [...words, 'imported'], options, world);
}

/** A text with a first line that tells whether it was changed since. */
function marked(text: string): string {
  return `# Written by \`pipeline import\`, to be changed at will. Unchanged: ${digestOf(text).slice(0, 16)}\n${text}`;
}

/** Whether a file is as `import` wrote it, so that another import may replace it. */
async function isOwn(file: string): Promise<boolean> {
  try {
    const text = await readFile(file, 'utf8');
    return text === marked(text.slice(text.indexOf('\n') + 1));
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Runs `pipeline run` with these words. */
async function runImport(
  file: string,
  words: readonly string[],
  {store}: ImportOptions,
  world: World,
): Promise<ExitCode> {
  const {runCommand} = await import('../pipeline/run-command.ts');
  const options = {
    store,
    engine: 'auto',
    settings: storeWords(store),
  } as const;
  const commandLine = {...world.commandLine, words};
  return await runCommand([file, 'imported'], options, {...world, commandLine});
}

/** The files, as absolute paths; or a sentence that says what is wrong with the words. */
function findFiles(
  {namesInFolder, example}: ImportKind,
  words: readonly string[],
  cwd: string,
): readonly string[] | string {
  const files: string[] = [];
  for (const word of words) {
    const place = path.resolve(cwd, word);
    if (!existsSync(place)) return `There is no file ${word}.`;
    if (!statSync(place).isDirectory()) {
      files.push(place);
      continue;
    }
    const names = readdirSync(place).filter((name) => namesInFolder.test(name));
    if (names.length === 0) return `The folder ${word} has no ${example}.`;
    files.push(...names.sort(byNumber).map((name) => path.join(place, name)));
  }
  return files;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', {numeric: true});
}

/** The path of a file, for a reference in a pipeline file. */
function from(pipelineFile: string, file: string): string {
  const relative = path.relative(path.dirname(pipelineFile), file).replaceAll(path.sep, '/');
  return relative.startsWith('../') ? relative : `./${relative}`;
}
