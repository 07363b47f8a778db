import {lookAtPath} from '../base/look-at-path.ts';
import type {Diagnostic} from '../diagnostics/diagnostic.ts';
import {chooseInstances, parseWishes, type Choice} from '../pipeline/graph/choose-instances.ts';
import type {InstanceGraph} from '../pipeline/graph/instance.ts';
import type {ReadFile} from '../document/read-source.ts';
import {loadPipeline} from '../pipeline/load-pipeline.ts';
import {pinEngine} from '../pipeline/graph/pin-engine.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {findFile} from './find-file.ts';
import {loadRegistry} from './load-registry.ts';
import type {World} from './world.ts';

/** The options that all commands about a pipeline share. */
export interface TargetOptions {
  /** `name=value`, as given. */
  readonly set?: readonly string[];
  readonly until?: readonly string[];
  readonly force?: readonly string[];
  /** The option that gave the forced selectors. Absent: `--force`. */
  readonly forcedBy?: string;
  /** Nobody asks for keys, so that the files and folders that stages read are not looked at. */
  readonly isQuick?: boolean;
  /** Warnings are not told. */
  readonly quiet?: true;
  /** The engine for tensor programs: part of keys if the pipeline demands it. Defaults to `auto`. */
  readonly engine?: string;
  /** Gives the bytes of pipeline files. Absent: they are read. */
  readonly readFile?: ReadFile;
}

/** The pipeline of a command line, and the chosen part of it. */
export interface Target extends Choice {
  /** The pipeline file, as the user named it. */
  readonly file: string;
  /** The word that names it; none where that is left to the usual name. */
  readonly named: readonly string[];
  /** The whole pipeline. */
  readonly whole: InstanceGraph;
}

export type OpenedTarget =
  | {readonly kind: 'ok'; readonly target: Target}
  /** The mistakes were printed. */
  | {readonly kind: 'refused'; readonly exitCode: ExitCode};

/**
 * Loads the target of `pipeline COMMAND [FILE] [SELECTOR…]`, or prints all its mistakes. Writes nothing.
 * @param words the file and the selectors, in any order
 */
export async function openTarget(
  words: readonly string[],
  options: TargetOptions,
  world: World,
): Promise<OpenedTarget> {
  const refuse = (mistakes: readonly Diagnostic[], exitCode: ExitCode): OpenedTarget => {
    world.faults.diagnostics(mistakes);
    return {kind: 'refused', exitCode};
  };
  const found = findFile(words, world);
  if (found.kind === 'none') return refuse(found.diagnostics, exitCodes.usage);
  const {file, named, selectors} = found;
  const {until = [], force = [], forcedBy, set = []} = options;
  const {wishes, diagnostics} = parseWishes({
    select: selectors,
    until,
    force,
    ...(forcedBy !== undefined && {forcedBy}),
  });
  const registry = await loadRegistry(world);
  const loaded = await loadPipeline({
    file,
    registry,
    set,
    environment: world.environment,
    ...(options.isQuick !== true && {lookAt: lookAtPath}),
    ...(options.readFile && {readFile: options.readFile}),
  });
  const mistakes = loaded.kind === 'ok' ? diagnostics : [...loaded.diagnostics, ...diagnostics];
  if (loaded.kind === 'invalid' || mistakes.length > 0) {
    return refuse(mistakes, exitCodes.invalidPipeline);
  }
  if (options.quiet !== true) world.faults.diagnostics(loaded.warnings);
  const pinned = pinEngine(loaded.graph, options.engine ?? 'auto', world.offers.engines);
  if (pinned.kind === 'invalid') return refuse(pinned.diagnostics, exitCodes.usage);
  const chosen = chooseInstances(pinned.graph, wishes);
  if (chosen.kind === 'invalid') return refuse(chosen.diagnostics, exitCodes.invalidPipeline);
  return {kind: 'ok', target: {...chosen.choice, file, named, whole: pinned.graph}};
}
