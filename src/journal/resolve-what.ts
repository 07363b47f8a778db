import {statSync} from 'node:fs';
import path from 'node:path';
import {parseDigest, type Digest} from '../base/digest.ts';
import {namesIn} from '../base/folder-entries.ts';
import {readRecord} from '../store/records/find-record.ts';
import {blobPath, recordPath, type Store} from '../store/layout.ts';
import type {Artifact, Key, StageRecord} from '../store/records/record.ts';
import {findRun, listRuns, runWord} from './find-run.ts';
import {unknown, type Found} from './found.ts';
import {nearestInstance} from './match-instances.ts';
import {notInRun, notStored, resolveInRun} from './resolve-in-run.ts';
import {readRun} from './run-account.ts';

/**
 * Resolves `INSTANCE`, `INSTANCE.OUTPUT`, `INSTANCE.OUTPUT[n]`, the first digits of a digest or a key, the path of a
 * file, or a run's name, in that order. Instances are those of the newest run that has them, or of the one that is named before a
 * slash: `RUN/INSTANCE.OUTPUT`.
 */
export function resolveWhat(text: string, store: Store, cwd: string): Found {
  const runs = listRuns(store).toReversed();
  return (
    inNamedRun(text, store, cwd) ??
    inRuns(text, store, runs) ??
    byDigits(text, store, runs) ??
    byPath(text, cwd) ??
    byRun(text, store) ??
    unknown(nothing(text, store, runs))
  );
}

/** What `RUN/…` means in that run, unless it is the path of a file or a stage is called like the run. */
function inNamedRun(text: string, store: Store, cwd: string): Found | undefined {
  const word = runWord(text);
  if (word === undefined || word.rest === '' || byPath(text, cwd) !== undefined) return undefined;
  const found = findRun(store, word.run);
  if (found.kind === 'unknown') return unknown(found.message);
  const run = readRun(store, found.run);
  return (
    resolveInRun(text, run, {store}) ??
    resolveInRun(word.rest, run, {store, named: `${word.run}/`}) ??
    unknown(notInRun(word.rest, run))
  );
}

function inRuns(text: string, store: Store, runs: readonly string[]): Found | undefined {
  for (const name of runs) {
    const found = resolveInRun(text, readRun(store, name), {store});
    if (found !== undefined) return found;
  }
  return undefined;
}

function byDigits(text: string, store: Store, runs: readonly string[]): Found | undefined {
  if (!/^[0-9a-f]{6,64}$/.test(text)) return undefined;
  const folders = [
    path.dirname(blobPath(store, text as Digest)),
    path.dirname(recordPath(store, text as Key)),
  ];
  const digests = namesIn(folders[0]!).filter((name) => name.startsWith(text));
  const keys = namesIn(folders[1]!).filter(
    (name) => name.startsWith(text) && name.endsWith('.json'),
  );
  const [only, ...others] = [...digests, ...keys];
  if (only === undefined) return undefined;
  if (others.length > 0) return unknown(`\`${text}\` begins ${others.length + 1} digests or keys.`);
  const digest = parseDigest(only);
  if (digest === undefined) return resultByKey(path.basename(only, '.json') as Key, store, runs);
  const made = makerOf(digest, store, runs);
  const name = made?.name ?? only;
  return {
    kind: 'file',
    name,
    path: blobPath(store, digest),
    digest,
    ...(made && {media: made.media}),
  };
}

function resultByKey(key: Key, store: Store, runs: readonly string[]): Found {
  const record = readRecord(store, key);
  if (typeof record === 'string')
    return unknown(`The record of ${key} is corrupt: a run makes it again.`);
  for (const name of runs) {
    const run = readRun(store, name);
    const instance = [...run.instances.values()].find((account) => account.key === key);
    if (instance !== undefined) return {kind: 'result', record, instance: instance.id, run: name};
  }
  return {kind: 'result', record};
}

/** The output that an artifact is, in the newest run that made it. */
function makerOf(
  digest: Digest,
  store: Store,
  runs: readonly string[],
): {readonly name: string; readonly media: string} | undefined {
  for (const name of runs) {
    for (const {id, record} of readRun(store, name).instances.values()) {
      const made = record === undefined ? undefined : outputWith(record, digest);
      if (made !== undefined) return {name: `${id}.${made.name}`, media: made.media};
    }
  }
  return undefined;
}

/**
 * The output of a result that contains an artifact, and the artifact's name: `name`, or `name[n]` if there are several.
 */
export function outputWith(
  record: StageRecord,
  digest: Digest,
): {readonly name: string; readonly media: string; readonly artifact: Artifact} | undefined {
  for (const [output, {media, artifacts}] of Object.entries(record.outputs)) {
    const index = artifacts.findIndex((artifact) => artifact.digest === digest);
    if (index < 0) continue;
    const name = artifacts.length > 1 ? `${output}[${index}]` : output;
    return {name, media, artifact: artifacts[index]!};
  }
  return undefined;
}

function byPath(text: string, cwd: string): Found | undefined {
  const file = path.resolve(cwd, text);
  const isFile = statSync(file, {throwIfNoEntry: false})?.isFile() ?? false;
  return isFile ? {kind: 'file', name: text, path: file} : undefined;
}

function byRun(text: string, store: Store): Found | undefined {
  const found = findRun(store, text);
  if (found.kind === 'found') return {kind: 'run', run: readRun(store, found.run)};
  return found.candidates > 1 ? unknown(found.message) : undefined;
}

function nothing(text: string, store: Store, runs: readonly string[]): string {
  const newest = runs[0];
  if (newest === undefined) {
    return `There is nothing called \`${text}\`: there is no run in this store yet.`;
  }
  const ids = [...readRun(store, newest).instances.keys()];
  const stem = text.replace(/\.[\w-]+(\[\d+\])?$/, '');
  const near = nearestInstance(stem, ids);
  if (near !== undefined && (near === text || near === stem)) return notStored(near);
  const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`;
  return (
    `There is no instance, artifact, file or run called \`${text}\`.${meant} ` +
    '`pipeline status --json` lists the instances of the newest run.'
  );
}
