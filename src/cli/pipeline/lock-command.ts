import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {isErrno, isSystemError, whyRefused} from '../../base/errno.ts';
import {quoteWord} from '../../base/quote-word.ts';
import {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {argumentSpan} from '../../diagnostics/span.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {pinEngine} from '../../pipeline/graph/pin-engine.ts';
import {holdLock} from '../../pipeline/lock/hold-lock.ts';
import {isSource, lockOf, lockPathOf, lockText, type Lock} from '../../pipeline/lock/lock.ts';
import {readLock} from '../../pipeline/lock/read-lock.ts';
import {planGraph, storedRecords} from '../../plan/plan-graph.ts';
import type {Store} from '../../store/layout.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import {namedStore} from '../named-run.ts';
import {storeWords} from '../options/store-option.ts';
import type {Project} from '../project/apply-project.ts';
import {shippedPipeline} from '../shipped-pipelines.ts';
import {askedEngine, openTarget, type Target} from '../target.ts';
import {replaceWhole} from '../whole-files.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';
import {unlockedResults} from './hold-results.ts';

export interface LockOptions {
  readonly store: string;
  readonly set?: readonly string[];
  readonly paramsFile?: readonly string[];
  readonly project: Project;
  /** Absent: that of the stored results, if there is one. */
  readonly engine?: string;
  readonly check?: true;
  readonly json?: true;
}

/** `pipeline lock`: writes what the results of a pipeline depend on beside it, or compares it with what was written. */
export async function lockCommand(
  words: readonly string[],
  options: LockOptions,
  world: World,
): Promise<ExitCode> {
  const shipped = words.find((word) => shippedPipeline(word, world).kind === 'shipped');
  if (shipped !== undefined) {
    const message = `${shipped} comes with this program: \`pipeline init --from\` copies it, and a copy can be locked.`;
    world.faults.fault('bad-command-line', message);
    return exitCodes.usage;
  }
  // A check takes the engine that the lock leaves, which may do what the usual one of the project cannot.
  const wished = options.check === true ? {...options, engine: 'auto'} : options;
  const opened = await openTarget(words, wished, world);
  if (opened.kind === 'refused') return opened.exitCode;
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  return options.check === true
    ? await check(opened.target, store, options, world)
    : await write(opened.target, store, options, world);
}

async function write(
  {whole, file}: Target,
  store: Store,
  options: LockOptions,
  world: World,
): Promise<ExitCode> {
  const records = storedRecords(planGraph(whole, store));
  const missing = sourcesIn(whole).filter((id) => !records.has(id));
  if (missing.length > 0) {
    const only = missing.length === 1 ? [missing[0]!] : [];
    // The lock that there is may refuse what is to be locked.
    const free = existsSync(path.resolve(world.cwd, lockPathOf(file))) ? ['--no-lock'] : [];
    const words = ['run', file, ...only, ...free, ...storeWords(options.store, world)];
    const command = `${world.commandLine.program} ${words.map(quoteWord).join(' ')}`;
    const more = missing.length === 1 ? '' : ` and of ${missing.length - 1} more sources`;
    const message = `The result of \`${missing[0]!}\`${more} is not stored, so that its digest is not known. To compute it: ${command}`;
    world.faults.fault('unknown-result', message);
    return exitCodes.usage;
  }
  const engine = askedEngine(options) ?? engineOf(records);
  const lock = lockOf(whole, {distillery: world.findVersion(), engine}, (id) =>
    digestsOf(records.get(id)!),
  );
  const shown = lockPathOf(file);
  const text = lockText(lock);
  const log = new DiagnosticLog();
  // A lock that no command could read, since it is too large, is not written.
  if (!(await readLock(file, log, () => Promise.resolve(Buffer.from(text))))) {
    world.faults.diagnostics(log.sorted());
    return exitCodes.invalidPipeline;
  }
  const isChanged = await replaceIfChanged(path.resolve(world.cwd, shown), text).catch(
    (error: unknown) => {
      if (!isSystemError(error)) throw error;
      return `${shown} cannot be written: ${whyRefused(error)}.`;
    },
  );
  if (typeof isChanged === 'string') {
    world.faults.fault('unwritable-file', isChanged);
    return exitCodes.usage;
  }
  if (options.json === true) writeJson({lock: shown, changed: isChanged, ...sizesOf(lock)}, world);
  else {
    const did = isChanged ? 'Wrote' : 'Nothing has changed in';
    world.stdout.write(`${did} ${shown}: ${contentsOf(lock)}.\n`);
  }
  return exitCodes.ok;
}

async function check(
  {whole, file}: Target,
  store: Store,
  options: LockOptions,
  world: World,
): Promise<ExitCode> {
  const log = new DiagnosticLog();
  const shown = lockPathOf(file);
  const read = await readLock(file, log);
  if (read === undefined) {
    const message = `There is no ${shown}: \`pipeline lock\` writes it.`;
    if (!log.hasErrors) log.error('missing-file', argumentSpan(shown), message);
    world.faults.diagnostics(log.sorted());
    return exitCodes.invalidPipeline;
  }
  const {engine = 'auto'} = options;
  const isAsked = askedEngine(options) !== undefined;
  const {engines} = world.offers;
  const holding = {version: world.findVersion(), engine, isAsked, engines, isStrict: true};
  const held = holdLock(whole, read, holding, log);
  const pinned = pinEngine(held.graph, held.engine, engines);
  if (pinned.kind === 'invalid') {
    world.faults.diagnostics(log.hasErrors ? log.sorted() : pinned.diagnostics);
    return exitCodes.invalidPipeline;
  }
  const plan = planGraph(pinned.graph, store);
  const found = [...log.sorted(), ...unlockedResults(plan)];
  world.faults.diagnostics(found);
  if (found.some(({severity}) => severity === 'error')) return exitCodes.invalidPipeline;
  const unstored = sourcesIn(whole).filter((id) => plan.get(id)!.verdict.kind !== 'hit');
  if (options.json === true) {
    writeJson({lock: shown, holds: true, ...sizesOf(read.lock), unstored}, world);
    return exitCodes.ok;
  }
  const left =
    unstored.length === 0
      ? ''
      : `Not stored here, and so not compared: ${unstored.slice(0, 5).join(', ')}${unstored.length > 5 ? ` and ${unstored.length - 5} more` : ''}.\n`;
  world.stdout.write(`${shown} holds: ${contentsOf(read.lock)}.\n${left}`);
  return exitCodes.ok;
}

function sourcesIn({instances}: InstanceGraph): readonly InstanceId[] {
  return Array.from(instances.values()).flatMap((one) => (isSource(one) ? [one.id] : []));
}

/** The engine that made all results that tell one; `auto` if there is none, or several. */
function engineOf(records: ReadonlyMap<InstanceId, StageRecord>): string {
  const names = new Set<string>();
  for (const {provenance} of records.values()) {
    const {engine} = provenance;
    if (typeof engine === 'string') names.add(engine);
  }
  const [only, ...others] = names;
  return only !== undefined && others.length === 0 ? only : 'auto';
}

function digestsOf({outputs}: StageRecord): Lock['sources'][string]['outputs'] {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, {artifacts}]) => [
      name,
      artifacts.map(({digest}) => digest),
    ]),
  );
}

/** Whether the file had another text, or there was none. */
async function replaceIfChanged(file: string, text: string): Promise<boolean> {
  try {
    if ((await readFile(file, 'utf8')) === text) return false;
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  await replaceWhole(file, text);
  return true;
}

function sizesOf({engine, files, sources, stageTypes}: Lock): object {
  const size = (section: object): number => Object.keys(section).length;
  return {
    engine: engine.name,
    stageTypes: size(stageTypes),
    files: size(files),
    sources: size(sources),
  };
}

function contentsOf({engine, files, sources, stageTypes}: Lock): string {
  const count = (section: object, one: string): string => {
    const {length} = Object.keys(section);
    return `${length} ${one}${length === 1 ? '' : 's'}`;
  };
  const used = engine.name === 'auto' ? 'any engine' : `the engine ${engine.name}`;
  return `${count(sources, 'source')}, ${count(files, 'file')}, ${count(stageTypes, 'stage type')}, ${used}`;
}
