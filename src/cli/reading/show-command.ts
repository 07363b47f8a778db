import {readFile, stat} from 'node:fs/promises';
import type {Digest} from '../../base/digest.ts';
import type {Container} from '../../contract/media.ts';
import {describeFile} from '../../inspect/describe-artifact.ts';
import {containerOf} from '../../inspect/container-of.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {descriptionText} from '../../report/text/description-text.ts';
import {formatCount} from '../../report/format/number.ts';
import {resultText, type ResultAccount} from '../../report/text/result-text.ts';
import {descriptionIn, readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import {displayPath} from '../../report/text/run-place.ts';
import type {Store} from '../../store/layout.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import {verifyArtifact} from '../../store/artifacts/verify-artifact.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {FoundFile, FoundResult} from '../../journal/found.ts';
import {outputWith, resolveWhat} from '../../journal/resolve-what.ts';
import {statusCommand} from './status-command.ts';
import {knownMedia} from '../load-registry.ts';
import {namedStore} from '../named-run.ts';
import type {World} from '../world.ts';
import {writeJson} from '../write-json.ts';

export interface ShowOptions {
  readonly store: string;
  readonly rows: number;
  readonly json?: true;
}

/** `pipeline show WHAT`: shows a result, the contents of an artifact or a file, or a run. */
export async function showCommand(
  what: string,
  options: ShowOptions,
  world: World,
): Promise<ExitCode> {
  const store = namedStore(options.store, world);
  if (typeof store === 'number') return store;
  const found = resolveWhat(what, store, world.cwd);
  switch (found.kind) {
    case 'unknown':
      world.faults.fault('unknown-result', found.message);
      return exitCodes.usage;
    case 'result':
      showResult(found, store, options, world);
      return exitCodes.ok;
    case 'file':
      return await showFile(found, store, options, world);
    case 'run':
      return await statusCommand(found.run.run, options, world);
  }
}

function showResult(found: FoundResult, store: Store, options: ShowOptions, world: World): void {
  const {record, instance, run} = found;
  const fingerprint = readFingerprint(store, record);
  const inputs = new Set(Object.values(fingerprint?.inputs ?? {}).flat());
  const of = run === undefined ? undefined : readRun(store, run);
  const description = of && instance !== undefined ? descriptionIn(of, instance) : undefined;
  const account: ResultAccount = {
    record,
    ...(instance !== undefined && {instance}),
    ...(description !== undefined && {description}),
    ...(run !== undefined && {run}),
    ...(fingerprint && {fingerprint}),
    sources: of === undefined ? new Map() : findSources(inputs, store, of),
  };
  if (options.json === true) {
    const {sources, ...rest} = account;
    writeJson({...rest, sources: Object.fromEntries(sources)}, world);
  } else world.stdout.write(resultText(account, world.stdout.size().columns));
}

/** The outputs of a run that the artifacts with these digests belong to. */
function findSources(
  digests: ReadonlySet<Digest>,
  store: Store,
  run: RunAccount,
): ReadonlyMap<Digest, string> {
  const sources = new Map<Digest, string>();
  for (const account of run.instances.values()) {
    if (sources.size === digests.size) break;
    const record = resultOf(store, account);
    if (record === undefined) continue;
    for (const digest of digests) {
      const made = outputWith(record, digest);
      if (made !== undefined && !sources.has(digest)) {
        sources.set(digest, `${account.id}.${made.name}`);
      }
    }
  }
  return sources;
}

async function showFile(
  found: FoundFile,
  store: Store,
  options: ShowOptions,
  world: World,
): Promise<ExitCode> {
  const fault = await faultOf(found, store);
  if (fault !== undefined) {
    world.faults.fault('damaged-artifact', fault);
    return exitCodes.storeUnusable;
  }
  const {stdout} = world;
  const {name, digest} = found;
  const {size} = await stat(found.path);
  const container = await containerOf(found, await knownMedia(world));
  const description = await describeFile(found.path, container, {rows: options.rows});
  if (options.json === true) {
    const {path: file, media} = found;
    writeJson({name, digest, file, media, container, sizeBytes: size, description}, world);
    return exitCodes.ok;
  }
  // A text is shown unchanged, so that it can be piped on.
  if (description.kind !== 'text' || stdout.isTerminal) {
    stdout.write(headText(found, {container, size}, world));
  }
  if (description.kind !== 'text') {
    stdout.write(descriptionText(description, stdout.size().columns));
    return description.kind === 'unreadable' ? exitCodes.unreadable : exitCodes.ok;
  }
  const {isWhole, text, shownLines, lineCount} = description;
  stdout.writeStored(endedLine(isWhole ? await readFile(found.path) : Buffer.from(text)));
  if (!isWhole) {
    const counts = `${formatCount(shownLines)} of ${formatCount(lineCount)} lines`;
    world.stderr.write(`… ${counts}; all of them are in ${displayPath(found.path, world.cwd)}\n`);
  }
  return exitCodes.ok;
}

/** A text that ends in a line feed. */
function endedLine(text: Buffer): Uint8Array {
  return text.length === 0 || text.at(-1) === 10 ? text : Buffer.concat([text, Buffer.from('\n')]);
}

function headText(
  {name, path: file, digest, media: mediaName}: FoundFile,
  {container, size}: {readonly container: Container; readonly size: number},
  {cwd}: World,
): string {
  const kind =
    mediaName === undefined || mediaName === container ? container : `${mediaName} (${container})`;
  const lines = [
    `${name}: ${kind}, ${formatBytes(size)}`,
    ...(digest === undefined ? [] : [`  digest  ${digest}`]),
    `  file    ${displayPath(file, cwd)}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

/** The fault of an artifact's bytes, as a sentence. */
async function faultOf({name, digest}: FoundFile, store: Store): Promise<string | undefined> {
  if (digest === undefined) return undefined;
  switch (await verifyArtifact(store, digest)) {
    case 'whole':
      return undefined;
    case 'missing':
      return `The bytes of ${name} (${digest}) are gone: the next run that needs them makes them again.`;
    case 'damaged':
      return `The bytes of ${name} (${digest}) are damaged: the next run that needs them makes them again.`;
  }
}
