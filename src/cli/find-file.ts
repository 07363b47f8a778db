import {existsSync, statSync} from 'node:fs';
import path from 'node:path';
import {readableEntriesIn} from '../base/folder-entries.ts';
import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../diagnostics/show-value.ts';
import {argumentSpan} from '../diagnostics/span.ts';
import {shippedNames, shippedPipeline, type FilePlace} from './shipped-pipelines.ts';

export type FoundFile =
  | {
      readonly kind: 'found';
      readonly file: string;
      /** The word that names it; none where that is left to the usual name. */
      readonly named: readonly string[];
      readonly selectors: readonly string[];
    }
  | {readonly kind: 'none'; readonly diagnostics: readonly Diagnostic[]};

/** The default pipeline file. */
const usualFile = 'pipeline.yaml';

/**
 * Separates the pipeline file from the selectors: its name ends in `.yaml` or `.yml`, or it is shipped with this
 * program, such as `distillery/quickstart`.
 */
export function findFile(words: readonly string[], place: FilePlace): FoundFile {
  const log = new DiagnosticLog();
  const files: string[] = [];
  const selectors: string[] = [];
  let isNamed = false;
  for (const word of words) {
    const shipped = shippedPipeline(word, place);
    if (shipped.kind === 'shipped') files.push(shipped.file);
    else if (shipped.kind === 'unknown') {
      isNamed = true;
      const message = `No pipeline that comes with this program is called ${word}.`;
      log.error('missing-file', argumentSpan(word), message, {suggestion: shipped.suggestion});
    } else if (isPipelineName(word)) files.push(word);
    else selectors.push(word);
  }
  const [file, second] = files;
  if (second !== undefined) {
    const message = `A command takes one pipeline file; ${file!} is the first.`;
    log.error('several-files', argumentSpan(second), message);
  }
  const lost = selectors.filter((word) => namesFile(word, place.cwd));
  for (const word of lost) {
    const message = `${word} is neither a pipeline file, which ends in .yaml or .yml, nor a selector, which is \`stage\` or \`stage[axis=value|value,…]\`.`;
    log.error('bad-selector', argumentSpan(word), message);
  }
  if (file === undefined) {
    for (const word of selectors) isNamed = reportFolder(word, place.cwd, log) || isNamed;
  }
  isNamed ||= file !== undefined || lost.length > 0;
  if (!isNamed && !existsSync(path.join(place.cwd, usualFile))) {
    reportNoFile(selectors, place, log);
  }
  if (log.hasErrors) return {kind: 'none', diagnostics: log.sorted()};
  const named = words.filter((word) => !selectors.includes(word));
  return {kind: 'found', file: file ?? usualFile, named, selectors};
}

/** The pipeline file that a command line is about, whether there is one or not. */
export function askedFile(words: readonly string[], place: FilePlace): string {
  const found = findFile(words, place);
  return found.kind === 'found' ? found.file : (words.find(isPipelineName) ?? usualFile);
}

function isPipelineName(word: string): boolean {
  return /\.ya?ml$/.test(word);
}

/** Whether a word is meant as a file: it exists, and has a dot before its first bracket, as no selector does. */
function namesFile(word: string, cwd: string): boolean {
  const bracket = word.indexOf('[');
  const start = bracket < 0 ? word : word.slice(0, bracket);
  if (!/[.\\]|^\//.test(start)) return false;
  return isFolder(path.resolve(cwd, word)) === false;
}

/** Whether a path is a folder; `undefined`: there is nothing there. */
function isFolder(file: string): boolean | undefined {
  return existsSync(file) ? statSync(file).isDirectory() : undefined;
}

/**
 * Reports a folder in place of a pipeline file, with the pipelines in it. A word that may be a stage of the usual
 * pipeline is none.
 */
function reportFolder(word: string, cwd: string, log: DiagnosticLog): boolean {
  const folder = path.resolve(cwd, word);
  const isPath = /[./\\]/.test(word);
  if (!isPath && existsSync(path.join(cwd, usualFile))) return false;
  if (isFolder(folder) !== true) return false;
  const files = pipelineFiles(folder, word);
  if (files.length === 0 && !isPath) return false;
  const message =
    files.length === 0
      ? `${word} is a folder, without a pipeline file: name a file that ends in .yaml or .yml.`
      : `${word} is a folder: name a pipeline file in it: ${showNames(files)}.`;
  const suggestion = files.length === 1 ? quoted(files[0]) : undefined;
  log.error('missing-file', argumentSpan(word), message, {suggestion});
  return true;
}

function reportNoFile(words: readonly string[], place: FilePlace, log: DiagnosticLog): void {
  const folders = ['', 'pipelines', path.join('pipelines', 'tables')];
  const files = folders.flatMap((folder) => pipelineFiles(path.join(place.cwd, folder), folder));
  // A stage of a pipeline often has the pipeline's name, as those of tables do.
  const name = words[0]?.replace(/\[.*/s, '');
  const named = files.find((file) => path.parse(file).name === name);
  const shipped = shippedNames(place.packageRoot).find((one) => path.posix.basename(one) === name);
  const suggestion = named ?? shipped ?? files[0];
  const how =
    suggestion === undefined
      ? '`pipeline init` writes one'
      : 'name a pipeline file, as the first argument';
  const message = `There is no ${usualFile} in this folder: ${how}.`;
  log.error('missing-file', argumentSpan(words.join(' ')), message, {suggestion});
}

/** The pipeline files of a folder, sorted; none if it cannot be read. */
function pipelineFiles(folder: string, shown: string): readonly string[] {
  const names = readableEntriesIn(folder).map(({name}) => name);
  return names
    .filter(isPipelineName)
    .sort()
    .map((name) => path.join(shown, name));
}
