import {chmod, stat} from 'node:fs/promises';
import {digestFile} from '../base/digest.ts';
import {canonicalJson} from '../base/canonical-json.ts';
import {isErrno} from '../base/errno.ts';
import {media, type MediaName} from '../contract/media.ts';
import {checkContainer} from './check-container.ts';
import {createWhole, linkExclusive, replaceWhole, syncFile} from './durable.ts';
import type {FailpointHook} from './failpoint.ts';
import {findRecord} from './find-record.ts';
import {preimage, type Fingerprint} from './fingerprint.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from './layout.ts';
import type {Artifact, RecordedOutput, StageRecord} from './record.ts';
import {stamp} from './stamp.ts';
import {quarantineArtifact, verifyArtifact} from './verify-artifact.ts';

/** The files of one output, in order, on the store's file system. Publishing takes them over. */
export interface Draft {
  readonly media: MediaName;
  readonly files: readonly string[];
}

export interface Publication {
  readonly store: Store;
  readonly fingerprint: Fingerprint;
  readonly drafts: Readonly<Record<string, Draft>>;
  /** The record, all but its outputs. */
  readonly provenance: Omit<StageRecord, 'outputs' | 'format'>;
  readonly failpoint: FailpointHook;
  /** Takes the place of a record that is there; otherwise that one stays. */
  readonly replace?: boolean;
}

export type Published =
  | {
      readonly kind: 'published';
      readonly record: StageRecord;
      /** Outputs whose bytes differ from those of an earlier record, which was kept. Empty: none. */
      readonly diverged: readonly string[];
      /** Outputs whose bytes differ from those of the record that was replaced. Absent: none was. */
      readonly replaced?: readonly string[];
    }
  /** An output is missing or malformed; nothing was stored. The message is a sentence. */
  | {readonly kind: 'bad-output'; readonly message: string};

/**
 * Stores a result. The order is what makes it safe to be killed anywhere: all artifacts are whole and on the disk
 * before the fingerprint, and that before the record, whose existence is what makes a result. Rejects with the file
 * system's error when the store cannot take it.
 */
export async function publish(publication: Publication): Promise<Published> {
  const fault = await findFault(publication.drafts);
  if (fault !== undefined) return {kind: 'bad-output', message: fault};
  const {store, fingerprint, provenance, failpoint} = publication;
  const outputs: Record<string, RecordedOutput> = {};
  for (const [name, draft] of Object.entries(publication.drafts)) {
    const artifacts: Artifact[] = [];
    for (const file of draft.files) artifacts.push(await storeBlob(store, file, failpoint));
    outputs[name] = {media: draft.media, artifacts};
  }
  failpoint('before-fingerprint');
  const {key} = provenance;
  await createWhole(store, fingerprintPath(store, fingerprint.type, key), preimage(fingerprint));
  failpoint('before-record');
  const record: StageRecord = {format: 1, ...provenance, outputs};
  const {replace = false} = publication;
  const published = await (replace ? replaceRecord(store, record) : storeRecord(store, record));
  failpoint('after-record');
  return published;
}

async function findFault(drafts: Publication['drafts']): Promise<string | undefined> {
  for (const [name, {media: mediaName, files}] of Object.entries(drafts)) {
    const counted = files.length > 1;
    for (const [index, file] of files.entries()) {
      const what = `The output ${counted ? `${name} (number ${index})` : name}`;
      const fault = await findFileFault(file, mediaName);
      if (fault !== undefined) return `${what} ${fault}.`;
    }
  }
  return undefined;
}

async function findFileFault(file: string, name: MediaName): Promise<string | undefined> {
  try {
    return await checkContainer(file, media[name].container);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'was not written';
    if (isErrno(error, 'EISDIR')) return 'is a folder, not a file';
    throw error;
  }
}

/** Moves a file's bytes under their digest, by a second name: nothing is copied. */
async function storeBlob(store: Store, file: string, failpoint: FailpointHook): Promise<Artifact> {
  failpoint('before-blob');
  await chmod(file, 0o444);
  stamp(file);
  await syncFile(file);
  const digest = await digestFile(file);
  const {size: sizeBytes} = await stat(file);
  const target = blobPath(store, digest);
  failpoint('before-blob-link');
  if ((await linkExclusive(file, target)) === 'exists') {
    // The same digest is the same bytes, unless the ones that are there were damaged: those are set aside.
    if ((await verifyArtifact(store, digest)) === 'whole') stamp(target);
    else {
      await quarantineArtifact(store, digest);
      await linkExclusive(file, target);
    }
  }
  failpoint('after-blob-link');
  return {digest, sizeBytes};
}

/** The first record of a key stays, unless it is of no use: its file is corrupt or its artifacts are gone. */
async function storeRecord(store: Store, record: StageRecord): Promise<Published> {
  const file = recordPath(store, record.key);
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  if ((await createWhole(store, file, text)) === 'exists') {
    const found = findRecord(store, record.key);
    if (found.kind === 'hit') {
      return {
        kind: 'published',
        record: found.record,
        diverged: changedOutputs(found.record, record),
      };
    }
    await replaceWhole(store, file, text);
  }
  return {kind: 'published', record, diverged: []};
}

async function replaceRecord(store: Store, record: StageRecord): Promise<Published> {
  const file = recordPath(store, record.key);
  const text = `${JSON.stringify(record, undefined, 2)}\n`;
  const earlier = findRecord(store, record.key);
  if (earlier.kind === 'none' && (await createWhole(store, file, text)) === 'linked') {
    return {kind: 'published', record, diverged: []};
  }
  await replaceWhole(store, file, text);
  const replaced = 'record' in earlier ? {replaced: changedOutputs(earlier.record, record)} : {};
  return {kind: 'published', record, diverged: [], ...replaced};
}

function changedOutputs(earlier: StageRecord, later: StageRecord): readonly string[] {
  return Object.keys(later.outputs).filter(
    (name) => digestsOf(earlier.outputs[name]) !== digestsOf(later.outputs[name]),
  );
}

function digestsOf(output: RecordedOutput | undefined): string {
  return canonicalJson(output?.artifacts.map(({digest}) => digest) ?? null);
}
