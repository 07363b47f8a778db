import {resolve} from 'node:path';
import {byName, type Media} from '../contract/media.ts';
import type {Registry} from '../contract/registry.ts';
import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {argumentSpan, type SourceFile, type Span} from '../diagnostics/span.ts';
import {fieldsOf, type LocatedText} from '../document/located.ts';
import type {ReadFile} from '../document/read-source.ts';
import {PluginLoader, type StageTypes} from '../plugins/plugin-loader.ts';
import {expandPipeline} from './expand-pipeline.ts';
import type {HostEnvironment} from './nodes/host-environment.ts';
import type {InstanceGraph} from './graph/instance.ts';
import {KnownResults} from './graph/known-results.ts';
import {lookAtReads, type LookAtPath} from './nodes/look-at-reads.ts';
import type {ExpandedOutput} from './nodes/nested-node.ts';
import {LocalFiles, type DigestLocalFile} from './nodes/local-files.ts';
import {warnUncovered} from './nodes/uncovered-files.ts';
import {overridePipeline, type Override} from './source/overrides.ts';
import {overrideText, readParamsFiles} from './source/params-file.ts';
import {reportMisspelt} from './source/misspelt-names.ts';
import {besideFile, PipelineReader} from './source/pipeline-reader.ts';
import {isPipelineFile, parsePipeline, type PipelineSource} from './source/pipeline-source.ts';
import {parseSet} from './source/set-option.ts';

/** Limit of the instances of a pipeline, including those of the pipelines it uses. */
const maxInstances = 1_000_000;
/** Limit of the instances that are whole pipelines. */
const maxPipelines = 10_000;

export interface LoadRequest {
  /** The path of the pipeline file, as the user named it. */
  readonly file: string;
  readonly registry: Registry;
  /** The files of the `--params-file` options. */
  readonly paramsFiles?: readonly string[];
  /** The values of the `--set` options: `name=value`. They win over those of files. */
  readonly set?: readonly string[];
  /** Further values, of other options; they win. */
  readonly overrides?: readonly Override[];
  /** The variables that programs may be given. Defaults to none. */
  readonly environment?: HostEnvironment;
  /** Defaults to the file system, as does `digestFile`, which is for user files that are inputs. */
  readonly readFile?: ReadFile;
  readonly digestFile?: DigestLocalFile;
  /** Plugins besides those that the files name. */
  readonly plugins?: readonly LocatedText[];
  /** Whether code of plugins may run. If not, their stage types are unknown. Default: true. */
  readonly withPlugins?: boolean;
  /** Looks at the files and folders that stages read by a path. Absent: nobody asks for keys. */
  readonly lookAt?: LookAtPath;
}

export type LoadedPipeline =
  | {
      readonly kind: 'ok';
      readonly graph: InstanceGraph;
      /** What it has as a nested pipeline: its `outputs`, and `stage.output` of all its stages. */
      readonly outputs: ReadonlyMap<string, ExpandedOutput>;
      /** Diagnostics that do not keep the pipeline from running. */
      readonly warnings: readonly Diagnostic[];
    }
  /** All mistakes, in the order of their places. */
  | {readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[]};

/** Reads a pipeline file, and those that it uses, and expands them to instances. Rejects only on a bug. */
export async function loadPipeline(request: LoadRequest): Promise<LoadedPipeline> {
  const {file, registry, set = [], environment = {}, readFile, digestFile, lookAt} = request;
  const log = new DiagnosticLog();
  const plugins = new PluginLoader(registry, log, {runsCode: request.withPlugins ?? true});
  const loader = new SourceLoader(log, {plugins, shared: request.plugins ?? []}, readFile);
  const source = await loader.load(file, argumentSpan(file), []);
  if (source === undefined) return {kind: 'invalid', diagnostics: log.sorted()};

  const filed = await readParamsFiles(request.paramsFiles ?? [], log, readFile);
  const given = set.flatMap((argument) => parseSet(argument, log) ?? []);
  const overrides = [...filed.overrides, ...given, ...(request.overrides ?? [])];
  const overridden = overridePipeline(source, overrides, log);
  const files = new LocalFiles();
  const {instances, numerics, params, outputs} = expandPipeline(overridden, {
    stageTypes: loader.stageTypes,
    files,
    environment,
    nested: loader.nested,
    instances: {limit: maxInstances, left: maxInstances},
    pipelines: {limit: maxPipelines, left: maxPipelines},
    known: new KnownResults(),
    log,
  });
  const locals = await files.instances(log, digestFile);
  if (log.hasErrors) return {kind: 'invalid', diagnostics: log.sorted()};
  warnUncovered(instances, log);
  const looked = lookAt === undefined ? instances : await lookAtReads(instances, lookAt, log);
  if (log.hasErrors) return {kind: 'invalid', diagnostics: log.sorted()};
  const byId = new Map([...locals, ...looked].map((instance) => [instance.id, instance]));
  return {
    kind: 'ok',
    graph: {
      name: source.name,
      file,
      params: params.kind === 'map' ? fieldsOf(params) : {},
      numerics,
      set: [...filed.overrides.map(overrideText), ...set],
      sources: {
        pipelines: loader.files,
        params: filed.files,
        set,
        ...(loader.hasPlugins && {hasPlugins: true}),
      },
      media: loader.media(),
      instances: byId,
    },
    outputs: outputs as ReadonlyMap<string, ExpandedOutput>,
    warnings: log.sorted(),
  };
}

/** Loads each file once, together with the files that it uses. */
class SourceLoader {
  /** The pipelines that `uses` leads to, except files with mistakes and files that lead back to themselves. */
  readonly nested = new Map<LocatedText, PipelineSource>();
  /** The stage types that `uses` may name in each file, including plugins. */
  readonly stageTypes = new Map<SourceFile, StageTypes>();
  readonly #log: DiagnosticLog;
  readonly #plugins: PluginLoader;
  /** Plugins of all files. */
  readonly #shared: readonly LocatedText[];
  readonly #reader: PipelineReader;
  readonly #sources = new Map<string, PipelineSource | undefined>();

  constructor(
    log: DiagnosticLog,
    {plugins, shared}: {readonly plugins: PluginLoader; readonly shared: readonly LocatedText[]},
    readFile: ReadFile | undefined,
  ) {
    this.#log = log;
    this.#plugins = plugins;
    this.#shared = shared;
    this.#reader = new PipelineReader(log, readFile);
  }

  /** Whether a file names a plugin, or all do. */
  hasPlugins = false;

  /** The pipeline files, the named one first. */
  get files(): readonly SourceFile[] {
    return this.#reader.files;
  }

  /** The media of all files, which agree on each name. */
  media(): Media {
    return byName([...this.stageTypes.values()].flatMap(({media}) => [...media.values()]));
  }

  /** @param users the files that lead to this one, outermost first */
  async load(
    path: string,
    namedAt: Span,
    users: readonly string[],
  ): Promise<PipelineSource | undefined> {
    const name = resolve(path);
    if (this.#sources.has(name)) return this.#sources.get(name);
    const document = await this.#reader.read(path, namedAt);
    const source = document && parsePipeline(document, this.#log);
    this.#sources.set(name, source);
    if (source) reportMisspelt(source, this.#log);
    if (source) {
      const plugins = [...this.#shared, ...source.plugins];
      this.hasPlugins ||= plugins.length > 0;
      this.stageTypes.set(source.file, await this.#plugins.load(plugins));
    }
    for (const {uses} of source?.stages.values() ?? []) {
      if (uses === undefined || !isPipelineFile(uses.value)) continue;
      await this.#loadNested(uses, [...users, path]);
    }
    return source;
  }

  async #loadNested(uses: LocatedText, chain: readonly string[]): Promise<void> {
    const path = besideFile(uses);
    const closed = chain.findIndex((user) => resolve(user) === resolve(path));
    if (closed >= 0) {
      const trail = [...chain.slice(closed), path].join(' → ');
      this.#log.error('nested-cycle', uses.span, `This pipeline would run itself: ${trail}.`);
      return;
    }
    const source = await this.load(path, uses.span, chain);
    if (source !== undefined) this.nested.set(uses, source);
  }
}
