import {statSync} from 'node:fs';
import path from 'node:path';
import {parseDigest, type Digest} from '../base/digest.ts';
import {closestTo} from '../base/edit-distance.ts';
import {namesIn} from '../base/folder-entries.ts';
import {ownProperty} from '../base/own-property.ts';
import type {InstanceId} from '../pipeline/graph/instance.ts';
import {matchInstances, nearestInstance} from './match-instances.ts';
import {readRun, resultOf, type RunAccount} from './run-account.ts';
import {findRun, listRuns} from './find-run.ts';
import {readRecord} from '../store/records/find-record.ts';
import {blobPath, recordPath, type Store} from '../store/layout.ts';
import type {Artifact, Key, RecordedOutput, StageRecord} from '../store/records/record.ts';

/** A result, and the run and instance through which it was found. */
export interface FoundResult {
  readonly kind: 'result';
  readonly record: StageRecord;
  /** Absent: it was given by its key, and no kept run made it. */
  readonly instance?: InstanceId;
  readonly run?: string;
}

/** A file to look into. */
export interface FoundFile {
  readonly kind: 'file';
  /** Its name for display. */
  readonly name: string;
  readonly path: string;
  /** Absent: the file is not in the store. */
  readonly digest?: Digest;
  /** Absent: the media is not known. */
  readonly media?: string;
}

/** The meaning of a text on a command line. */
export type Found =
  | FoundResult
  | FoundFile
  | {readonly kind: 'run'; readonly run: RunAccount}
  /** Nothing, or several things. The message is a sentence for the user. */
  | {
      readonly kind: 'unknown';
      readonly message: string;
      /** All artifacts of the named output, if one of them had to be chosen. */
      readonly files?: readonly FoundFile[];
    };

/**
 * Resolves `INSTANCE`, `INSTANCE.OUTPUT`, `INSTANCE.OUTPUT[n]`, the first digits of a digest or a key, the path of a
 * file, or a run's name, in that order. Instances are those of the newest run that has them.
 */
export function resolveWhat(text: string, store: Store, cwd: string): Found {
  const runs = listRuns(store).toReversed();
  return (
    inRuns(text, store, runs) ??
    byDigits(text, store, runs) ??
    byPath(text, cwd) ??
    byRun(text, store) ??
    unknown(nothing(text, store, runs))
  );
}

function inRuns(text: string, store: Store, runs: readonly string[]): Found | undefined {
  const parts = /^(?<instance>.+)\.(?<output>[A-Za-z][\w-]*)(?:\[(?<index>\d+)\])?$/.exec(
    text,
  )?.groups;
  for (const name of runs) {
    const run = readRun(store, name);
    const [whole, ...others] = matchInstances(text, run.instances.keys());
    if (others.length > 0) return unknown(several(text, [whole!, ...others]));
    if (whole !== undefined) {
      const found = resultIn(store, run, whole);
      if (found !== undefined) return found;
    }
    if (parts === undefined) continue;
    const ids = matchInstances(parts['instance']!, run.instances.keys());
    if (ids.length > 1) return unknown(several(parts['instance']!, ids));
    const result = ids[0] === undefined ? undefined : resultIn(store, run, ids[0]);
    if (result !== undefined) return outputOf(result, store, parts['output']!, parts['index']);
  }
  return undefined;
}

function resultIn(store: Store, run: RunAccount, id: InstanceId): FoundResult | undefined {
  const record = resultOf(store, run.instances.get(id)!);
  return record === undefined ? undefined : {kind: 'result', record, instance: id, run: run.run};
}

function outputOf(
  {record, instance}: FoundResult,
  store: Store,
  output: string,
  index: string | undefined,
): Found {
  const names = Object.keys(record.outputs);
  const recorded = ownProperty(record.outputs, output);
  if (recorded === undefined) {
    const near = closestTo(output, names);
    const meant = near === undefined ? '' : `; did you mean \`${instance!}.${near}\`?`;
    const there = names.map((name) => `\`${name}\``).join(', ');
    return unknown(
      `${instance!} has no output \`${output}\`, but ${there}${meant === '' ? '.' : meant}`,
    );
  }
  return artifactOf(`${instance!}.${output}`, recorded, {index, store});
}

function artifactOf(
  name: string,
  {artifacts, media}: RecordedOutput,
  {index, store}: {readonly index: string | undefined; readonly store: Store},
): Found {
  const fileOf = ({digest}: Artifact, name: string): FoundFile => ({
    kind: 'file',
    name,
    path: blobPath(store, digest),
    digest,
    media,
  });
  const artifact =
    index === undefined && artifacts.length === 1 ? artifacts[0] : artifacts[Number(index)];
  if (artifact === undefined) {
    const {length} = artifacts;
    const how =
      length === 1
        ? 'is one artifact: name it without a number'
        : `is ${length} artifacts: name one, from \`${name}[0]\` to \`${name}[${length - 1}]\``;
    const files = artifacts.map((of, i) => fileOf(of, `${name}[${i}]`));
    return {
      kind: 'unknown',
      message: `\`${name}\` ${how}.`,
      ...(index === undefined && {files}),
    };
  }
  return fileOf(artifact, index === undefined ? name : `${name}[${index}]`);
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
  if (near === text || near === stem) {
    return (
      `The result of \`${near}\` is not in this store: it is in a remote cache, was removed, or was not made. ` +
      '`pipeline pull` brings what is in a remote cache, and `pipeline run` makes the rest.'
    );
  }
  const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`;
  return (
    `There is no instance, artifact, file or run called \`${text}\`.${meant} ` +
    '`pipeline status` lists the instances of the newest run.'
  );
}

function several(text: string, ids: readonly InstanceId[]): string {
  const shown = ids.slice(0, 3).join(', ');
  const more = ids.length > 3 ? ` and ${ids.length - 3} more` : '';
  return `\`${text}\` may be any of ${ids.length} instances: ${shown}${more}.`;
}

function unknown(message: string): Found {
  return {kind: 'unknown', message};
}
