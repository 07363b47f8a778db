import {existsSync, readdirSync} from 'node:fs';
import path from 'node:path';
import type {EngineWish} from '../base/engines.ts';
import {isSystemError} from '../base/errno.ts';
import type {Registry} from '../contract/registry.ts';
import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {argumentSpan} from '../diagnostics/span.ts';
import {chooseInstances, parseWishes, type Choice} from '../pipeline/choose-instances.ts';
import type {InstanceGraph} from '../pipeline/instance.ts';
import {loadPipeline} from '../pipeline/load-pipeline.ts';
import {pinEngine} from '../pipeline/pin-engine.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {tellDiagnostics} from './tell-diagnostics.ts';
import type {World} from './world.ts';

/** What a command line says of a pipeline, whatever the command. */
export interface TargetOptions {
  /** `name=value` as given. */
  readonly set?: readonly string[];
  readonly until?: readonly string[];
  readonly force?: readonly string[];
  /** What executes tensor programs: part of keys where the pipeline says so. `auto` unless given. */
  readonly engine?: EngineWish;
}

/** The pipeline of a command line, and what is chosen of it. */
export interface Target extends Choice {
  /** The pipeline file, as the user named it. */
  readonly file: string;
  /** All of the pipeline. */
  readonly whole: InstanceGraph;
}

export type OpenedTarget =
  | {readonly kind: 'ok'; readonly target: Target}
  /** What is wrong was printed. */
  | {readonly kind: 'refused'; readonly exitCode: ExitCode};

/** The file that is meant where none is named. */
const usualFile = 'pipeline.yaml';

/**
 * Loads what `pipeline COMMAND [FILE] [SELECTOR…]` is about, or prints everything that is wrong with it. Writes nothing.
 * @param words the file and the selectors, in any order
 */
export async function openTarget(
  words: readonly string[],
  options: TargetOptions,
  world: World,
): Promise<OpenedTarget> {
  const show = (mistakes: readonly Diagnostic[]): void => tellDiagnostics(mistakes, world.stderr);
  const refuse = (mistakes: readonly Diagnostic[], exitCode: ExitCode): OpenedTarget => {
    show(mistakes);
    return {kind: 'refused', exitCode};
  };
  const found = findFile(words, world.cwd);
  if (found.kind === 'none') return refuse(found.diagnostics, exitCodes.usage);
  const {file, selectors} = found;
  const {until = [], force = [], set = []} = options;
  const {wishes, diagnostics} = parseWishes({select: selectors, until, force});
  const {registry} = (await import(world.registryModule)) as {readonly registry: Registry};
  const loaded = await loadPipeline({file, registry, set, environment: world.environment});
  const mistakes = loaded.kind === 'ok' ? diagnostics : [...loaded.diagnostics, ...diagnostics];
  if (loaded.kind === 'invalid' || mistakes.length > 0) {
    return refuse(mistakes, exitCodes.invalidPipeline);
  }
  show(loaded.warnings);
  const pinned = pinEngine(loaded.graph, options.engine ?? 'auto');
  if (pinned.kind === 'invalid') return refuse(pinned.diagnostics, exitCodes.usage);
  const chosen = chooseInstances(pinned.graph, wishes);
  if (chosen.kind === 'invalid') return refuse(chosen.diagnostics, exitCodes.invalidPipeline);
  return {kind: 'ok', target: {...chosen.choice, file, whole: pinned.graph}};
}

export type FoundFile =
  | {readonly kind: 'found'; readonly file: string; readonly selectors: readonly string[]}
  | {readonly kind: 'none'; readonly diagnostics: readonly Diagnostic[]};

/** Tells the pipeline file from the selectors: its name ends in `.yaml` or `.yml`. */
export function findFile(words: readonly string[], cwd: string): FoundFile {
  const log = new DiagnosticLog();
  const [file, second] = words.filter(isPipelineName);
  const selectors = words.filter((word) => !isPipelineName(word));
  if (second !== undefined) {
    const message = `A command takes one pipeline file; ${file!} is the first.`;
    log.error('several-files', argumentSpan(second), message);
  }
  const lost = selectors.filter((word) => namesFile(word, cwd));
  for (const word of lost) {
    const message = `${word} is no pipeline file, whose name ends in .yaml or .yml, and no selector, which is \`stage\` or \`stage[axis=value|value,…]\`.`;
    log.error('bad-selector', argumentSpan(word), message);
  }
  if (file === undefined && lost.length === 0 && !existsSync(path.join(cwd, usualFile))) {
    reportNoFile(selectors, cwd, log);
  }
  if (log.hasErrors) return {kind: 'none', diagnostics: log.sorted()};
  return {kind: 'found', file: file ?? usualFile, selectors};
}

function isPipelineName(word: string): boolean {
  return /\.ya?ml$/.test(word);
}

/** No selector has a dot before its first bracket: what has one, and is a file, was meant to be one. */
function namesFile(word: string, cwd: string): boolean {
  const bracket = word.indexOf('[');
  const start = bracket < 0 ? word : word.slice(0, bracket);
  if (!/[.\\]|^\//.test(start)) return false;
  return existsSync(path.resolve(cwd, word));
}

function reportNoFile(words: readonly string[], cwd: string, log: DiagnosticLog): void {
  const folders = ['', 'pipelines', path.join('pipelines', 'tables')];
  const files = folders.flatMap((folder) => pipelineFiles(path.join(cwd, folder), folder));
  // Stages of a pipeline often have its name, as those of tables do.
  const name = words[0]?.replace(/\[.*/s, '');
  const named = files.find((file) => path.parse(file).name === name);
  const example = named ?? files[0];
  const how =
    example === undefined
      ? '`pipeline init` writes one'
      : 'name a pipeline file, as the first argument';
  const message = `There is no ${usualFile} in this folder: ${how}.`;
  log.error('missing-file', argumentSpan(words.join(' ')), message, {suggestion: example});
}

/** The pipeline files of a folder, sorted; none where it cannot be read. */
function pipelineFiles(folder: string, shown: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter(isPipelineName).sort();
    return names.map((name) => path.join(shown, name));
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
