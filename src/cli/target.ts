import {lookAtPath} from '../base/look-at-path.ts';
import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {chooseInstances, parseWishes, type Choice} from '../pipeline/graph/choose-instances.ts';
import type {InstanceGraph} from '../pipeline/graph/instance.ts';
import type {ReadFile} from '../document/read-source.ts';
import {loadPipeline} from '../pipeline/load-pipeline.ts';
import {holdLock, type HeldGraph} from '../pipeline/lock/hold-lock.ts';
import {readLock} from '../pipeline/lock/read-lock.ts';
import {pinEngine} from '../pipeline/graph/pin-engine.ts';
import {exitCodes, type ExitCode} from './exit-codes.ts';
import {findFile} from './find-file.ts';
import {loadRegistry} from './load-registry.ts';
import type {Project} from './project/apply-project.ts';
import type {Settings} from './project/settings.ts';
import type {World} from './world.ts';

/** The options that all commands about a pipeline share. */
export interface TargetOptions {
  /** Files of parameters. */
  readonly paramsFile?: readonly string[];
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
  /** What the project adds to its pipelines. Absent: nothing. */
  readonly project?: Pick<Settings, 'plugins'> & Pick<Project, 'given'>;
  /** Whether the pipeline must be as the lock beside it says, if there is one. Absent: no. */
  readonly lock?: boolean;
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
  /** The requested engine: that of the command, or of a lock that is held. */
  readonly engine: string;
  /** Whether the pipeline has a lock, which is held. */
  readonly isLocked: boolean;
  /** Whether there are mistakes in it that keep it from nothing. */
  readonly hasWarnings: boolean;
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
    paramsFiles: options.paramsFile ?? [],
    environment: world.environment,
    ...(options.isQuick !== true && {lookAt: lookAtPath}),
    ...(options.readFile && {readFile: options.readFile}),
    ...(options.project && {plugins: options.project.plugins}),
  });
  const mistakes = loaded.kind === 'ok' ? diagnostics : [...loaded.diagnostics, ...diagnostics];
  if (loaded.kind === 'invalid' || mistakes.length > 0) {
    return refuse(mistakes, exitCodes.invalidPipeline);
  }
  const held = await hold(loaded.graph, options, world);
  if ('mistakes' in held) return refuse(held.mistakes, exitCodes.invalidPipeline);
  const warnings = [...loaded.warnings, ...held.warnings];
  if (options.quiet !== true) world.faults.diagnostics(warnings);
  const {engine, isLocked} = held;
  const pinned = pinEngine(held.graph, engine, world.offers.engines);
  if (pinned.kind === 'invalid') return refuse(pinned.diagnostics, exitCodes.usage);
  const chosen = chooseInstances(pinned.graph, wishes);
  if (chosen.kind === 'invalid') return refuse(chosen.diagnostics, exitCodes.invalidPipeline);
  return {
    kind: 'ok',
    target: {
      ...chosen.choice,
      file,
      named,
      whole: pinned.graph,
      engine,
      isLocked,
      hasWarnings: warnings.length > 0,
    },
  };
}

type Held =
  | (HeldGraph & {readonly isLocked: boolean; readonly warnings: readonly Diagnostic[]})
  | {readonly mistakes: readonly Diagnostic[]};

/** The engine that is asked for. `undefined`: none, or the usual one of the project, which gives way to a lock. */
export function askedEngine({
  engine,
  project,
}: Pick<TargetOptions, 'engine' | 'project'>): string | undefined {
  return project?.given?.has('engine') === false ? undefined : engine;
}

/** Compares the pipeline with its lock, if it has one and that is to be held. */
async function hold(graph: InstanceGraph, options: TargetOptions, world: World): Promise<Held> {
  const {engine = 'auto', lock, readFile} = options;
  const free = {graph, engine, isLocked: false, warnings: []};
  if (lock !== true) return free;
  const asked = askedEngine(options);
  const log = new DiagnosticLog();
  const read = await readLock(graph.file, log, readFile);
  const {engines} = world.offers;
  const holding = {version: world.findVersion(), engine, isAsked: asked !== undefined, engines};
  const held = read && holdLock(graph, read, holding, log);
  if (log.hasErrors) return {mistakes: log.sorted()};
  return held === undefined ? free : {...held, isLocked: true, warnings: log.sorted()};
}
