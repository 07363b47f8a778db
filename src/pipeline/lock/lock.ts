import path from 'node:path';
import {parseDigest, type Digest} from '../../base/digest.ts';
import {numericsNames, type Numerics} from '../../base/engines.ts';
import type {Json, JsonObject} from '../../base/json.ts';
import type {Instance, InstanceGraph, InstanceId} from '../graph/instance.ts';

/** What a pipeline's results depend on and its file does not show, as the file beside it holds it. */
export interface Lock {
  readonly format: 1;
  /** The version of this program that made the lock. */
  readonly distillery: string;
  readonly engine: {readonly name: string; readonly numerics: Numerics};
  /** The stage types that the pipeline uses. */
  readonly stageTypes: Readonly<Record<string, LockedType>>;
  /** The digests of the user's files that are inputs, by their paths from the lock. */
  readonly files: Readonly<Record<string, Digest>>;
  /** The results that everything else is made of: those of instances without inputs. */
  readonly sources: Readonly<Record<string, LockedSource>>;
}

export interface LockedType {
  readonly version: number;
  /** The digest of a plugin's code. Absent: the stage type is built in. */
  readonly code?: Digest;
}

export interface LockedSource {
  readonly type: string;
  readonly params: JsonObject;
  /** The digests of each output's artifacts, in order. */
  readonly outputs: Readonly<Record<string, readonly Digest[]>>;
}

/** The path of the lock of a pipeline file: beside it. */
export function lockPathOf(pipelineFile: string): string {
  return `${pipelineFile.replace(/\.ya?ml$/, '')}.lock.json`;
}

/** Whether an instance is made of nothing that the pipeline itself makes, and is no file of the user's. */
export function isSource({inputs, file}: Instance): boolean {
  return file === undefined && Object.values(inputs).every((refs) => refs.length === 0);
}

export function lockedTypeOf({type: {contract, plugin}}: Instance): LockedType {
  return {version: contract.version, ...(plugin && {code: plugin.identity.sha256})};
}

/** The user's files that are inputs, by their paths from the lock. */
export function filesOf({file: pipeline, instances}: InstanceGraph): ReadonlyMap<string, Digest> {
  const folder = path.dirname(path.resolve(pipeline));
  return new Map(
    Array.from(instances.values()).flatMap(({file, params}) =>
      file === undefined
        ? []
        : [[path.relative(folder, file).replaceAll(path.sep, '/'), params['sha256'] as Digest]],
    ),
  );
}

/**
 * The lock of a pipeline as it is.
 * @param outputsOf the digests of a source's stored result
 */
export function lockOf(
  graph: InstanceGraph,
  {distillery, engine}: {readonly distillery: string; readonly engine: string},
  outputsOf: (source: InstanceId) => LockedSource['outputs'],
): Lock {
  const instances = [...graph.instances.values()];
  const types = instances
    .filter(({file}) => file === undefined)
    .map((instance) => [instance.type.contract.type, lockedTypeOf(instance)] as const);
  const sources = instances.filter(isSource).map(({id, type, params}) => {
    return [id, {type: type.contract.type, params, outputs: outputsOf(id)}] as const;
  });
  return {
    format: 1,
    distillery,
    engine: {name: engine, numerics: graph.numerics},
    stageTypes: Object.fromEntries(types.sort(byName)),
    files: Object.fromEntries([...filesOf(graph)].sort(byName)),
    sources: Object.fromEntries(sources),
  };
}

/** In the order of code units, which no machine's language changes. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function lockText(lock: Lock): string {
  return `${JSON.stringify(lock, undefined, 2)}\n`;
}

/** Whether data has the form of a lock. */
export function isLock(value: unknown): value is Lock {
  if (!isObject(value) || value['format'] !== 1) return false;
  const {distillery, engine, stageTypes, files, sources} = value;
  return (
    typeof distillery === 'string' &&
    isObject(engine) &&
    typeof engine['name'] === 'string' &&
    numericsNames.some((name) => name === engine['numerics']) &&
    isRecordOf(stageTypes, isLockedType) &&
    isRecordOf(files, isDigest) &&
    isRecordOf(sources, isLockedSource)
  );
}

function isLockedType(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Number.isInteger(value['version']) && (!('code' in value) || isDigest(value['code']));
}

function isLockedSource(value: unknown): boolean {
  if (!isObject(value)) return false;
  const {type, params, outputs} = value;
  return typeof type === 'string' && isObject(params) && isRecordOf(outputs, isDigestList);
}

function isDigestList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isDigest);
}

function isDigest(value: unknown): boolean {
  return parseDigest(value) !== undefined;
}

function isRecordOf(value: unknown, fits: (one: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(fits);
}

function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
