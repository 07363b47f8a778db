import path from 'node:path';
import {digestOf} from '../../base/digest.ts';
import {readableEntriesIn} from '../../base/folder-entries.ts';
import {profileNames} from '../../cluster/profile/find-profile.ts';
import {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import {jsonOf, type Located} from '../../document/located.ts';
import type {InstanceGraph} from '../../pipeline/graph/instance.ts';
import {loadPipeline} from '../../pipeline/load-pipeline.ts';
import {PipelineReader} from '../../pipeline/source/pipeline-reader.ts';
import {findFile} from '../find-file.ts';
import {shippedNames} from '../shipped-pipelines.ts';
import {loadRegistry} from '../load-registry.ts';
import type {World} from '../world.ts';
import type {Asked} from './asked.ts';
import type {Candidate} from './candidates.ts';

/** Pipeline files and folders that a word may lead to, and the pipelines that come with this program. */
export function pipelineFiles(
  word: string,
  {cwd, environment, packageRoot}: World,
): readonly Candidate[] {
  const slash = word.lastIndexOf('/') + 1;
  const shown = word.slice(0, slash);
  const folder = shown.replace(/^~(?=\/)/, environment['HOME'] ?? '~');
  const found = readableEntriesIn(path.resolve(cwd, folder)).flatMap((entry) => {
    const isHidden = entry.name.startsWith('.') && !word.slice(slash).startsWith('.');
    if (isHidden || entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return [{value: `${shown}${entry.name}/`}];
    return /\.ya?ml$/.test(entry.name) ? [{value: shown + entry.name}] : [];
  });
  const shipped = shippedNames(packageRoot).map((value) => ({value}));
  const ours = word.startsWith('distillery/') ? shipped : [{value: 'distillery/'}];
  return [...found, ...ours];
}

/**
 * The selectors of the pipeline that is named: stages, and from a bracket on instances. Of a pipeline with mistakes,
 * or with plugins, whose code is not run for this, only the stages that are written in the file.
 */
export async function selectors(asked: Asked, world: World): Promise<readonly Candidate[]> {
  const file = fileOf(asked, world);
  if (file === undefined) return [];
  const graph = await graphOf(file, asked, world);
  if (graph === undefined) {
    const stages = await entriesAt(file, 'stages');
    return [...(stages?.keys() ?? [])].map((value) => ({value}));
  }
  if (asked.word.includes('[')) return Array.from(graph.instances.keys(), (value) => ({value}));
  return stagesOf(graph);
}

/** Stages with their types, and what begins to choose some of their instances. */
export function stagesOf({instances}: Pick<InstanceGraph, 'instances'>): readonly Candidate[] {
  const counts = new Map<string, {readonly type: string; readonly count: number}>();
  for (const {stage, type, file} of instances.values()) {
    if (file !== undefined) continue;
    const count = (counts.get(stage)?.count ?? 0) + 1;
    counts.set(stage, {type: type.contract.type, count});
  }
  return Array.from(counts).flatMap(([stage, {type, count}]) => {
    if (count === 1) return [{value: stage, about: type}];
    return [
      {value: stage, about: `${type}, ${count} instances`},
      {value: `${stage}[`, about: 'some of them'},
    ];
  });
}

/**
 * The parameters of the pipeline that is named, with their values; those of a mapping by their paths. Then its stages, and
 * once one of them is typed its parameters.
 */
export async function params(asked: Asked, world: World): Promise<readonly Candidate[]> {
  const file = fileOf(asked, world);
  if (file === undefined) return [];
  const entries = await entriesAt(file, 'params');
  const graph = await graphOf(file, asked, world);
  const ofStages = graph === undefined ? [] : paramsOfStages(graph, asked.word);
  return [...(entries === undefined ? [] : paramsIn(entries, '')), ...ofStages];
}

function paramsOfStages({instances}: InstanceGraph, word: string): readonly Candidate[] {
  const types = new Map(
    Array.from(instances.values()).flatMap(({stage, type, file}) =>
      file === undefined ? [[stage.replaceAll('/', '.'), type.contract] as const] : [],
    ),
  );
  return Array.from(types).flatMap(([stage, {type, params: declared}]) => {
    const names = Object.entries(declared);
    if (names.length === 0) return [];
    if (!word.startsWith(`${stage}.`)) return [{value: `${stage}.`, about: type}];
    return names.map(([name, {description}]) => ({
      value: `${stage}.${name}=`,
      ...(description !== undefined && {about: description}),
    }));
  });
}

function paramsIn(entries: Entries, before: string): readonly Candidate[] {
  return Array.from(entries).flatMap(([name, {value}]) => {
    const candidate = {value: `${before}${name}=`, about: JSON.stringify(jsonOf(value))};
    if (value.kind !== 'map') return [candidate];
    return [candidate, ...paramsIn(value.entries, `${before}${name}.`)];
  });
}

type Entries = Extract<Located, {kind: 'map'}>['entries'];

/** The entries below a key at the top of a pipeline file. */
async function entriesAt(file: string, key: string): Promise<Entries | undefined> {
  const document = await new PipelineReader(new DiagnosticLog()).read(file, argumentSpan(file));
  const value = document?.root.entries.get(key)?.value;
  return value?.kind === 'map' ? value.entries : undefined;
}

/** The clusters whose profiles are found for the pipeline that is named, with the paths of these. */
export function clusters(asked: Asked, world: World): readonly Candidate[] {
  const pipeline = fileOf(asked, world);
  const names = profileNames({...world, ...(pipeline !== undefined && {pipeline})});
  return Array.from(names, ([value, about]) => ({value, about})).toSorted((a, b) =>
    a.value < b.value ? -1 : 1,
  );
}

function fileOf({args}: Asked, world: World): string | undefined {
  const found = findFile(args, world);
  return found.kind === 'found' ? found.file : undefined;
}

async function graphOf(
  file: string,
  {options}: Asked,
  {registryModule, environment}: World,
): Promise<InstanceGraph | undefined> {
  const registry = await loadRegistry({registryModule});
  const loaded = await loadPipeline({
    file,
    registry,
    set: options.get('set') ?? [],
    paramsFiles: options.get('paramsFile') ?? [],
    environment,
    withPlugins: false,
    // Names do not depend on the bytes of files, which may be many.
    digestFile: (name) => Promise.resolve(digestOf(name)),
  });
  return loaded.kind === 'ok' ? loaded.graph : undefined;
}
