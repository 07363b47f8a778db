import {basename, extname} from 'node:path';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {showValue} from '../../diagnostics/show-value.ts';
import type {SourceFile, Span} from '../../diagnostics/span.ts';
import {
  isText,
  jsonOf,
  type Located,
  type LocatedMap,
  type LocatedText,
  type LocatedUnknown,
} from '../../document/located.ts';
import {checkKeys, mappingMeant, stageKeysElsewhere} from './check-keys.ts';

/** A mapping, or the place of a value that was reported for not being one. */
export type MapSource = LocatedMap | LocatedUnknown;

/** A pipeline as written: its keys are known and have the right type; names and values are not checked yet. */
export interface PipelineSource {
  readonly file: SourceFile;
  readonly name: string;
  /** Absent: left out. */
  readonly numerics: Located | undefined;
  /** The modules and packages with the user's own stage types. */
  readonly plugins: readonly LocatedText[];
  readonly params: MapSource;
  readonly stages: ReadonlyMap<string, StageSource>;
  /**
   * The outputs that a pipeline can refer to if it uses this one as a stage. `undefined` for one output or for all: a
   * mistake was reported.
   */
  readonly outputs: ReadonlyMap<string, LocatedText | undefined> | undefined;
  /** Values of stages that were overridden: what they refer to is used, although nothing takes it now. */
  readonly replaced: readonly Located[];
}

/**
 * A stage as written. Values that are `undefined` or unknown were reported; a key that was left out is an empty
 * mapping.
 */
export interface StageSource {
  readonly name: string;
  readonly nameSpan: Span;
  /** What the author says about it. */
  readonly description: string | undefined;
  readonly uses: LocatedText | undefined;
  readonly run: RunSource | undefined;
  readonly with: MapSource;
  readonly inputs: MapSource;
  readonly matrix: MapSource;
  readonly resources: MapSource;
  /** `timeout` and `retry`, if they are given. */
  readonly policy: LocatedMap;
}

/** The keys that only stages with `run` have. */
export interface RunSource {
  readonly arguments: Located;
  readonly outputs: MapSource;
  /** The variables that the program sees: those that are listed, and those that are given as a mapping. */
  readonly environment: Located | undefined;
  readonly env: MapSource;
  /** The folder of the user's that it starts in. */
  readonly folder: Located | undefined;
}

/** Names that references, selectors and instance ids can spell. */
const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** Whether `uses` names a pipeline file rather than a stage type. */
export function isPipelineFile(uses: string): boolean {
  return /^\.{0,2}\/|\.ya?ml$/.test(uses);
}

/** The keys at the top of a pipeline file. */
export const pipelineKeys = [
  'extends',
  'name',
  'numerics',
  'plugins',
  'params',
  'stages',
  'outputs',
] as const;
/** The keys that only stages with `uses` have, and those that only stages with `run` have. */
const usesKeys = ['uses', 'with'];
const runKeys = ['run', 'outputs', 'env', 'environment', 'folder'];
const sharedKeys = ['description', 'inputs', 'matrix', 'resources', 'timeout', 'retry'];
const stageKeys = [...usesKeys, ...runKeys, ...sharedKeys];

/** Parses a pipeline whose keys are known. */
export function parsePipeline(
  {file, root: pipeline}: {readonly file: SourceFile; readonly root: LocatedMap},
  log: DiagnosticLog,
): PipelineSource {
  const stages = pipeline.entries.get('stages');
  if (stages === undefined) {
    const place = {file, start: pipeline.span.start, end: pipeline.span.start};
    log.error('missing-key', place, 'A pipeline must have `stages`.');
  }
  return {
    file,
    name: parseName(pipeline, file, log),
    numerics: pipeline.entries.get('numerics')?.value,
    plugins: parsePlugins(pipeline.entries.get('plugins')?.value, log),
    params: mapAt(pipeline, 'params', log),
    stages: stages === undefined ? new Map() : parseStages(stages.value, log),
    outputs: parseOutputs(mapAt(pipeline, 'outputs', log), log),
    replaced: [],
  };
}

/** `x-…` is whatever the author likes, such as anchors that aliases refer to. */
export function withoutExtensions(pipeline: LocatedMap): LocatedMap {
  const kept = Array.from(pipeline.entries).filter(([key]) => !key.startsWith('x-'));
  return {...pipeline, entries: new Map(kept)};
}

function parseName(pipeline: LocatedMap, file: SourceFile, log: DiagnosticLog): string {
  const name = pipeline.entries.get('name')?.value;
  const fromFile = basename(file.name, extname(file.name));
  if (name === undefined || name.kind === 'unknown') return fromFile;
  return expectText(name, '`name`', log)?.value ?? fromFile;
}

/** The plugins that a list names. */
export function parsePlugins(
  located: Located | undefined,
  log: DiagnosticLog,
): readonly LocatedText[] {
  if (located === undefined || located.kind === 'unknown') return [];
  if (located.kind !== 'list') {
    const message = `\`plugins\` must be a list of modules and packages, got ${showValue(jsonOf(located))}.`;
    log.error('bad-value', located.span, message);
    return [];
  }
  return located.items.flatMap((item) => expectText(item, 'A plugin', log) ?? []);
}

function parseStages(located: Located, log: DiagnosticLog): ReadonlyMap<string, StageSource> {
  const stages = expectMap(located, '`stages`', log);
  if (stages.kind === 'unknown') return new Map();
  if (stages.entries.size === 0 && stages.isPartial !== true) {
    log.error('missing-key', stages.span, '`stages` must have at least one stage.');
  }
  return new Map(
    Array.from(stages.entries, ([name, {keySpan, value}]) => {
      if (!isName(name)) reportName('stage', name, keySpan, log);
      const stage =
        mappingMeant(value, stageKeys, log) ?? expectMap(value, `Stage \`${name}\``, log);
      return [name, parseStage(name, keySpan, stage, log)];
    }),
  );
}

function parseStage(
  name: string,
  nameSpan: Span,
  written: MapSource,
  log: DiagnosticLog,
): StageSource {
  if (written.kind === 'unknown') {
    return {
      name,
      nameSpan,
      description: undefined,
      uses: undefined,
      run: undefined,
      with: written,
      inputs: written,
      matrix: written,
      resources: written,
      policy: partOf(written, []),
    };
  }
  const stage = checkKeys({
    map: written,
    known: stageKeys,
    what: `Stage \`${name}\``,
    elsewhere: stageKeysElsewhere,
    log,
  });
  const description = stage.entries.get('description')?.value;
  const uses = stage.entries.get('uses');
  const run = stage.entries.get('run');
  const sound = checkKind(stage, written, {name, nameSpan, log});
  return {
    name,
    nameSpan,
    description: description && expectText(description, '`description`', log)?.value,
    uses: uses && sound ? expectText(uses.value, '`uses`', log) : undefined,
    run: run && sound ? parseRun(stage, run.value, log) : undefined,
    with: mapAt(stage, 'with', log),
    inputs: mapAt(stage, 'inputs', log),
    matrix: mapAt(stage, 'matrix', log),
    resources: mapAt(stage, 'resources', log),
    policy: partOf(stage, ['timeout', 'retry']),
  };
}

/** Checks whether the kind of a stage is clear: it uses a stage type or a pipeline, or it runs a program. */
function checkKind(
  stage: LocatedMap,
  written: LocatedMap,
  {name, nameSpan, log}: Pick<StageSource, 'name' | 'nameSpan'> & {readonly log: DiagnosticLog},
): boolean {
  const isRun = stage.entries.has('run');
  if (!isRun && !stage.entries.has('uses')) {
    const message = `Stage \`${name}\` must say which stage type it \`uses\`, or which program to \`run\`.`;
    log.error('missing-key', nameSpan, message);
    return false;
  }
  const [own, foreign] = isRun ? ['run', usesKeys] : ['uses', runKeys];
  // A misspelt key may have been meant for another kind.
  const found = foreign.filter((key) => written.entries.has(key));
  for (const key of found) {
    const message = `A stage with \`${own}\` has no \`${key}\`: ${whyNot[key]!}.`;
    log.error('conflicting-keys', stage.entries.get(key)!.keySpan, message);
  }
  if (isRun && !stage.entries.has('outputs')) {
    const message = `Stage \`${name}\` must have \`outputs\`: the files that its program writes, as in \`outputs: {log: text}\`.`;
    log.error('missing-key', nameSpan, message);
  }
  return !(isRun && stage.entries.has('uses'));
}

const whyNot: Readonly<Record<string, string>> = {
  uses: 'it is one or the other',
  with: 'a program takes its parameters as arguments',
  outputs: 'its stage type has them',
  env: 'the code of stage types depends on no variables',
  environment: 'the code of stage types depends on no variables',
  folder: 'only programs start in a folder of yours',
};

function parseRun(stage: LocatedMap, run: Located, log: DiagnosticLog): RunSource {
  return {
    arguments: run,
    outputs: stage.entries.has('outputs')
      ? mapAt(stage, 'outputs', log)
      : {kind: 'unknown', span: stage.span},
    environment: stage.entries.get('environment')?.value,
    env: mapAt(stage, 'env', log),
    folder: stage.entries.get('folder')?.value,
  };
}

function parseOutputs(outputs: MapSource, log: DiagnosticLog): PipelineSource['outputs'] {
  if (outputs.kind === 'unknown') return undefined;
  return new Map(
    Array.from(outputs.entries, ([name, {keySpan, value}]) => {
      if (!isName(name)) reportName('output', name, keySpan, log);
      return [name, expectText(value, `Output \`${name}\``, log)];
    }),
  );
}

/** Reports a name that could not be referred to. */
export function reportName(what: string, name: string, span: Span, log: DiagnosticLog): void {
  const message = `The name of ${/^[aio]/.test(what) ? 'an' : 'a'} ${what} has letters, digits, - and _, and begins with a letter; got ${JSON.stringify(name)}.`;
  const spelled = name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^[^A-Za-z]+|-+$/g, '');
  log.error('bad-name', span, message, {suggestion: spelled === '' ? undefined : `"${spelled}"`});
}

/** The mapping at a key; an empty one if the key was left out. */
function mapAt(map: LocatedMap, key: string, log: DiagnosticLog): MapSource {
  const entry = map.entries.get(key);
  if (entry === undefined) return {kind: 'map', entries: new Map(), span: map.span};
  return expectMap(entry.value, `\`${key}\``, log);
}

/** The mapping with only these keys, as far as they are given. */
function partOf(map: MapSource, keys: readonly string[]): LocatedMap {
  const entries = keys.flatMap((key) => {
    const entry = map.kind === 'map' ? map.entries.get(key) : undefined;
    return entry === undefined ? [] : [[key, entry] as const];
  });
  return {kind: 'map', entries: new Map(entries), span: map.span};
}

/** The mapping, or a value that stands for it after reporting that it is none. */
export function expectMap(located: Located, what: string, log: DiagnosticLog): MapSource {
  if (located.kind === 'map' || located.kind === 'unknown') return located;
  const message = `${what} must be a mapping, got ${showValue(jsonOf(located))}.`;
  log.error('bad-value', located.span, message);
  return {kind: 'unknown', span: located.span};
}

/** The text, or `undefined` after reporting that it is not a text. */
export function expectText(
  located: Located,
  what: string,
  log: DiagnosticLog,
): LocatedText | undefined {
  if (isText(located)) return located;
  if (located.kind !== 'unknown') {
    const message = `${what} must be text, got ${showValue(jsonOf(located))}.`;
    log.error('bad-value', located.span, message);
  }
  return undefined;
}
