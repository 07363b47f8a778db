import {existsSync} from 'node:fs';
import {link, mkdir, readFile, rename, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {digestFile, digestOf, parseDigest, type Digest} from '../base/digest.ts';
import {isErrno} from '../base/errno.ts';
import {namesIn} from '../base/folder-entries.ts';
import {readFlags} from '../base/read-text.ts';
import type {CheckpointState} from '../contract/stage.ts';
import {makeFolder, removeWhole, syncFile, syncFolder, temporaryPath} from './durable.ts';
import type {CheckpointStep} from './failpoint.ts';
import {checkpointFolder, type Store} from './layout.ts';
import type {Key} from './records/record.ts';

/** A saved state, and the total time that all attempts together worked to reach it. */
export interface SavedState {
  readonly state: CheckpointState;
  readonly durationMs: number;
  /** Finished files that belong to it, by name. */
  readonly files: ReadonlyMap<string, SavedFile>;
  /** The key of the stored result that the work went on from. Absent: it began anew. */
  readonly goesOnFrom?: Key;
}

export interface SavedFile {
  /** A path on the store's file system. */
  readonly path: string;
  readonly digest: Digest;
}

interface Manifest {
  readonly format: 1;
  readonly durationMs: number;
  /** The file named `i` holds the bytes of `files[i]`. */
  readonly files: readonly Entry[];
  /** The file named `linked-i` holds the bytes of `linked[i]`. */
  readonly linked: readonly Entry[];
  readonly goesOnFrom?: Key;
}

interface Entry {
  readonly name: string;
  readonly digest: Digest;
}

/** Number of checkpoints kept: the newest, and one to fall back on if it is damaged. */
const keep = 2;

/**
 * The newest undamaged checkpoint of a key, or `undefined`.
 * @param after only checkpoints saved later than this count, in milliseconds since the epoch
 */
export async function latestCheckpoint(
  store: Store,
  key: Key,
  after = Number.NEGATIVE_INFINITY,
): Promise<SavedState | undefined> {
  const folder = checkpointFolder(store, key);
  for (const sequence of sequences(folder).toReversed()) {
    const atMs = await savedMs(folder, sequence);
    if (atMs === undefined) continue;
    if (atMs <= after) return undefined;
    const saved = await readCheckpoint(path.join(folder, String(sequence)));
    if (saved !== undefined) return saved;
  }
  return undefined;
}

/** The number of the newest checkpoint of a key, whole or not; each has a higher one than those before. 0: there is none. */
export function newestCheckpoint(store: Store, key: Key): number {
  return sequences(checkpointFolder(store, key)).at(-1) ?? 0;
}

/** Whether a key has a checkpoint, whole or not. */
export function hasCheckpoint(store: Store, key: Key): boolean {
  return newestCheckpoint(store, key) > 0;
}

/** Saves a state: when this returns, it survives a crash of the machine. */
export async function saveCheckpoint(
  store: Store,
  key: Key,
  saved: SavedState,
  onStep: (step: CheckpointStep) => void = () => undefined,
): Promise<void> {
  const folder = checkpointFolder(store, key);
  const temporary = await temporaryPath(store);
  await mkdir(temporary);
  onStep('folder');
  const files: Entry[] = [];
  for (const [name, bytes] of saved.state) {
    await writeSynced(path.join(temporary, String(files.length)), bytes);
    onStep('file-written');
    files.push({name, digest: digestOf(bytes)});
  }
  const linked: Entry[] = [];
  for (const [name, {path: file, digest}] of saved.files) {
    await syncFile(file);
    await link(file, linkedPath(temporary, linked.length));
    onStep('file-linked');
    linked.push({name, digest});
  }
  const {durationMs, goesOnFrom} = saved;
  const went = goesOnFrom === undefined ? {} : {goesOnFrom};
  const manifest: Manifest = {format: 1, durationMs, files, linked, ...went};
  await writeSynced(path.join(temporary, 'MANIFEST'), JSON.stringify(manifest));
  onStep('manifest-written');
  await syncFolder(temporary);
  onStep('folder-synced');
  await moveToEnd(temporary, folder, onStep);
  for (const old of sequences(folder).slice(0, -keep)) {
    await removeWhole(store, path.join(folder, String(old)), () => onStep('older-aside'));
    onStep('older-removed');
  }
}

/** The folders of a key's damaged checkpoints. */
export async function damagedCheckpoints(store: Store, key: Key): Promise<readonly string[]> {
  const folder = checkpointFolder(store, key);
  const damaged: string[] = [];
  for (const sequence of sequences(folder)) {
    const one = path.join(folder, String(sequence));
    // A checkpoint that has disappeared was replaced by a newer one, or by the result.
    if ((await readCheckpoint(one)) === undefined && existsSync(one)) damaged.push(one);
  }
  return damaged;
}

/** Removes the checkpoints of a key, whose result is stored. */
export async function removeCheckpoints(
  store: Store,
  key: Key,
  onAside?: () => void,
): Promise<void> {
  await removeWhole(store, checkpointFolder(store, key), onAside);
}

async function moveToEnd(
  temporary: string,
  folder: string,
  onStep: (step: CheckpointStep) => void,
): Promise<void> {
  await makeFolder(folder);
  onStep('key-folder');
  let sequence = (sequences(folder).at(-1) ?? 0) + 1;
  for (;;) {
    try {
      await rename(temporary, path.join(folder, String(sequence)));
      onStep('moved');
      break;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) {
        // A sweep that began before this attempt may just have removed the folder.
        await makeFolder(folder);
      } else if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) {
        // Another attempt at the same key has just taken this number.
        sequence++;
      } else throw error;
    }
  }
  await syncFolder(folder);
  onStep('move-synced');
}

/** The numbers of the checkpoints in a folder, oldest first. */
function sequences(folder: string): readonly number[] {
  return namesIn(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** `undefined`: newer checkpoints have just replaced it. */
async function savedMs(folder: string, sequence: number): Promise<number | undefined> {
  try {
    return (await stat(path.join(folder, String(sequence)))).mtimeMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function readCheckpoint(folder: string): Promise<SavedState | undefined> {
  try {
    const manifest = parseManifest(
      await readFile(path.join(folder, 'MANIFEST'), {encoding: 'utf8', flag: readFlags}),
    );
    if (manifest === undefined) return undefined;
    const state = new Map<string, Uint8Array>();
    for (const [index, {name, digest}] of manifest.files.entries()) {
      const bytes = await readFile(path.join(folder, String(index)), {flag: readFlags});
      if (digestOf(bytes) !== digest) return undefined;
      state.set(name, bytes);
    }
    const files = new Map<string, SavedFile>();
    for (const [index, {name, digest}] of manifest.linked.entries()) {
      const file = linkedPath(folder, index);
      if ((await digestFile(file)) !== digest) return undefined;
      files.set(name, {path: file, digest});
    }
    const {durationMs, goesOnFrom} = manifest;
    return {state, files, durationMs, ...(goesOnFrom !== undefined && {goesOnFrom})};
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const value = JSON.parse(text) as Partial<Manifest> | null;
    if (value?.format !== 1 || typeof value.durationMs !== 'number') return undefined;
    const {files, linked = []} = value;
    const lists = [files, linked].every((list) => Array.isArray(list) && list.every(isEntry));
    const whole = lists && ['undefined', 'string'].includes(typeof value.goesOnFrom);
    return whole ? ({...value, linked} as Manifest) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isEntry(value: unknown): boolean {
  const {name, digest} = (value ?? {}) as Partial<Entry>;
  return typeof name === 'string' && parseDigest(digest) !== undefined;
}

function linkedPath(folder: string, index: number): string {
  return path.join(folder, `linked-${index}`);
}

async function writeSynced(file: string, content: Uint8Array | string): Promise<void> {
  await writeFile(file, content);
  await syncFile(file);
}
