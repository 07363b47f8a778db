import {canonicalJson} from '../../base/canonical-json.ts';
import type {Digest} from '../../base/digest.ts';
import type {Engines} from '../../base/engines.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {DiagnosticLog, Note} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {Instance, InstanceGraph} from '../graph/instance.ts';
import {filesOf, isSource, lockedTypeOf, type LockedSource} from './lock.ts';
import type {ReadLock} from './read-lock.ts';

/** A graph whose sources have to give the results of its lock, and the engine that the lock leaves. */
export interface HeldGraph {
  readonly graph: InstanceGraph;
  readonly engine: string;
}

interface Held {
  readonly version: string;
  /** The engine that is taken where the lock leaves it open. */
  readonly engine: string;
  /** Whether the command line asks for this engine: one that is only usual gives way to that of the lock. */
  readonly isAsked: boolean;
  /** The engines that there are. */
  readonly engines: Engines;
  /** Whether to report what the lock has and the pipeline does not. */
  readonly isStrict?: boolean;
}

/** Compares a pipeline with its lock, and reports everything that differs. */
export function holdLock(
  graph: InstanceGraph,
  read: ReadLock,
  held: Held,
  log: DiagnosticLog,
): HeldGraph {
  const report = reporter(read, graph.file, log);
  const {lock, file} = read;
  if (lock.distillery !== held.version) {
    const message = `The lock was made by Distillery ${lock.distillery}, and this is ${held.version}.`;
    log.warning('lock-mismatch', read.spanOf('distillery'), message);
  }
  const engine = holdEngine(graph, read, held, log);
  holdTypes(graph, read, report);
  holdFiles(graph, read, report);
  if (held.isStrict === true) reportSpare(graph, read, report);
  const instances = Array.from(graph.instances, ([id, instance]) => {
    const outputs = isSource(instance) ? holdSource(instance, read, report) : undefined;
    if (outputs === undefined) return [id, instance] as const;
    const at = read.spanOf('sources', id, 'outputs');
    return [id, {...instance, locked: {file, outputs, at}}] as const;
  });
  return {graph: {...graph, instances: new Map(instances)}, engine};
}

type Report = (message: string, ...path: readonly string[]) => void;

/** Reports at a place of the lock. The first says what to do if the change was meant. */
function reporter(read: ReadLock, pipeline: string, log: DiagnosticLog): Report {
  let notes: readonly Note[] = [
    {message: `If the change is meant, \`pipeline lock ${pipeline}\` locks what there is now.`},
  ];
  return (message, ...path) => {
    log.error('lock-mismatch', read.spanOf(...path), message, {notes, about: path.join('/')});
    notes = [];
  };
}

function holdEngine(
  {numerics}: InstanceGraph,
  read: ReadLock,
  {engine, isAsked, engines}: Held,
  log: DiagnosticLog,
): string {
  const {name, numerics: locked} = read.lock.engine;
  if (numerics !== locked) {
    const message = `The pipeline asks for \`numerics: ${numerics}\`, and was locked with \`${locked}\`.`;
    log.error('lock-mismatch', read.spanOf('engine', 'numerics'), message);
  }
  if (name === 'auto') return engine;
  if (!Object.hasOwn(engines, name)) {
    const message = `The lock names the engine \`${name}\`, which this version does not have.`;
    log.error('lock-mismatch', read.spanOf('engine', 'name'), message);
    return engine;
  }
  if (isAsked && engine !== 'auto' && engine !== name) {
    const message = `The lock of the pipeline names the engine \`${name}\`.`;
    const notes = [{message: 'The lock names it here.', span: read.spanOf('engine', 'name')}];
    log.error('lock-mismatch', argumentSpan(`--engine ${engine}`), message, {notes});
  }
  return name;
}

function holdTypes({instances}: InstanceGraph, {lock}: ReadLock, report: Report): void {
  const seen = new Set<string>();
  for (const instance of instances.values()) {
    const {type} = instance.type.contract;
    if (instance.file !== undefined || seen.has(type)) continue;
    seen.add(type);
    const now = lockedTypeOf(instance);
    const locked = ownProperty(lock.stageTypes, type);
    const path = ['stageTypes', type];
    if (locked === undefined) report(`The stage type \`${type}\` is not in the lock.`, ...path);
    else if (locked.version !== now.version) {
      const message = `The stage type \`${type}\` has version ${now.version}, and was locked with ${locked.version}.`;
      report(message, ...path, 'version');
    } else if (locked.code !== now.code) {
      const of = instance.type.plugin?.identity.name ?? 'Distillery';
      const message = `The code of the stage type \`${type}\`, from ${of}, changed: ${change(locked.code, now.code)}.`;
      report(message, ...path, 'code');
    }
  }
}

function holdFiles(graph: InstanceGraph, {lock}: ReadLock, report: Report): void {
  for (const [file, digest] of filesOf(graph)) {
    const locked = ownProperty(lock.files, file);
    if (locked === undefined) report(`The file ${file} is not in the lock.`, 'files', file);
    else if (locked !== digest)
      report(`The file ${file} changed: ${change(locked, digest)}.`, 'files', file);
  }
}

/** The results that the lock has for a source, if it is for this source with these settings. */
function holdSource(
  {id, type: {contract}, params}: Instance,
  {lock}: ReadLock,
  report: Report,
): LockedSource['outputs'] | undefined {
  const locked = ownProperty(lock.sources, id);
  const path = ['sources', id];
  if (locked === undefined) {
    report(`The source \`${id}\` is not in the lock.`, ...path);
    return undefined;
  }
  if (locked.type !== contract.type) {
    const message = `\`${id}\` uses \`${contract.type}\`, and was locked with \`${locked.type}\`.`;
    report(message, ...path, 'type');
    return undefined;
  }
  const names = new Set([...Object.keys(locked.params), ...Object.keys(params)]);
  const changes = Array.from(names, (name) => ({
    name,
    was: shown(ownProperty(locked.params, name)),
    now: shown(ownProperty(params, name)),
  })).filter(({was, now}) => was !== now);
  for (const {name, was, now} of changes)
    report(`\`${id}\` has another \`${name}\`: ${was} → ${now}.`, ...path, 'params', name);
  return changes.length === 0 ? locked.outputs : undefined;
}

/** Reports the entries of a lock that nothing in the pipeline stands for. */
function reportSpare(graph: InstanceGraph, {lock}: ReadLock, report: Report): void {
  const files = filesOf(graph);
  const types = new Set(Array.from(graph.instances.values(), ({type}) => type.contract.type));
  const ids = new Set<string>(
    Array.from(graph.instances.values()).flatMap((one) => (isSource(one) ? [one.id] : [])),
  );
  const spare = (section: 'stageTypes' | 'files' | 'sources', isThere: (name: string) => boolean) =>
    Object.keys(lock[section]).filter((name) => !isThere(name));
  for (const name of spare('stageTypes', (type) => types.has(type)))
    report(`The pipeline does not use the stage type \`${name}\` any more.`, 'stageTypes', name);
  for (const name of spare('files', (file) => files.has(file)))
    report(`The pipeline does not use the file ${name} any more.`, 'files', name);
  for (const name of spare('sources', (id) => ids.has(id)))
    report(`The pipeline has no source \`${name}\` any more.`, 'sources', name);
}

function shown(value: Instance['params'][string] | undefined): string {
  return value === undefined ? 'not given' : canonicalJson(value);
}

/** Number of a digest's digits that tell two apart for a reader. */
const digits = 12;

/** What became of a digest. */
export function change(was: Digest | undefined, now: Digest | undefined): string {
  const short = (digest: Digest | undefined): string => digest?.slice(0, digits) ?? 'none';
  return `sha256 ${short(was)}… → ${short(now)}…`;
}
