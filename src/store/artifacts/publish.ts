import type {Digest} from '../../base/digest.ts';
import {isErrno} from '../../base/errno.ts';
import type {MediaDefinition} from '../../contract/media.ts';
import {findFormFault} from '../../formats/text/text-forms.ts';
import {checkContainer} from './check-container.ts';
import {createWhole, replaceWhole} from '../durable.ts';
import type {FailpointHook} from '../failpoint.ts';
import {findRecord} from '../records/find-record.ts';
import {preimage, type Fingerprint} from '../records/fingerprint.ts';
import {fingerprintPath, recordPath, type Store} from '../layout.ts';
import {
  changedOutputs,
  recordText,
  type Artifact,
  type OutputForms,
  type RecordedOutput,
  type StageRecord,
} from '../records/record.ts';
import {unlockedOutput, type Locked} from '../records/locked.ts';
import {touch} from './stamp.ts';
import {restoreBlobs, storeBlob} from './store-blob.ts';

/** The files of one output, in order, on the store's file system. Publishing takes them over. */
export interface Draft {
  readonly media: MediaDefinition;
  readonly files: readonly string[];
}

export interface Publication {
  readonly store: Store;
  readonly fingerprint: Fingerprint;
  readonly drafts: Readonly<Record<string, Draft>>;
  /** The record without its outputs. */
  readonly provenance: Omit<StageRecord, 'outputs' | 'format'>;
  readonly failpoint: FailpointHook;
  /** The digests that outputs must have. Absent: any. */
  readonly locked?: Locked;
  /** Replaces an existing record; otherwise the existing one stays. */
  readonly replace?: boolean;
}

export type Published =
  | {
      readonly kind: 'published';
      readonly record: StageRecord;
      /** Outputs whose bytes differ from those of an earlier record, which was kept. Empty: none. */
      readonly diverged: readonly string[];
      /** Outputs whose bytes differ from those of the record that was replaced. Absent: no record was replaced. */
      readonly replaced?: readonly string[];
    }
  /** An output is missing, malformed, or not what a lock demands; no record was stored. The message is a sentence. */
  | {readonly kind: 'bad-output'; readonly message: string};

/**
 * Stores a result. The order makes a kill at any moment safe: all artifacts are complete and on the disk before the
 * fingerprint, and the fingerprint before the record, which makes the result exist. Rejects with the file system's
 * error if the store cannot accept it.
 */
export async function publish(publication: Publication): Promise<Published> {
  const fault = await findFault(publication.drafts);
  if (fault !== undefined) return {kind: 'bad-output', message: fault};
  const {store, fingerprint, provenance, failpoint} = publication;
  failpoint('outputs-checked');
  const outputs: Record<string, RecordedOutput> = {};
  const blobs = new Map<Digest, string>();
  for (const [name, draft] of Object.entries(publication.drafts)) {
    const artifacts: Artifact[] = [];
    for (const file of draft.files) {
      const artifact = await storeBlob(store, file, failpoint);
      artifacts.push(artifact);
      blobs.set(artifact.digest, file);
    }
    outputs[name] = {media: draft.media.name, artifacts};
  }
  const other = publication.locked && unlockedOutput(outputs, publication.locked);
  if (other !== undefined) return {kind: 'bad-output', message: other};
  const {key} = provenance;
  const file = fingerprintPath(store, fingerprint.type, key);
  const made = await createWhole(store, file, preimage(fingerprint), (step) =>
    failpoint(`fingerprint-${step}`),
  );
  if (made === 'exists') {
    touch(file, Date.now());
    failpoint('fingerprint-renewed');
  }
  const record: StageRecord = {format: 1, ...provenance, outputs};
  const {replace = false} = publication;
  const put = replace ? replaceRecord : storeRecord;
  const published = await put(store, record, failpoint);
  await restoreBlobs(store, blobs, failpoint);
  return published;
}

async function findFault(drafts: Publication['drafts']): Promise<string | undefined> {
  for (const [name, {media, files}] of Object.entries(drafts)) {
    const counted = files.length > 1;
    for (const [index, file] of files.entries()) {
      const number = counted ? ` (number ${index})` : '';
      const fault = await findFileFault(file, media);
      // A place within a file goes with the file's name.
      const shown = fault !== undefined && media.form ? ` (${name}.${media.extension})` : '';
      if (fault !== undefined) return `The output ${name}${number}${shown} ${fault}.`;
    }
  }
  return undefined;
}

async function findFileFault(file: string, media: MediaDefinition): Promise<string | undefined> {
  try {
    const fault = await checkContainer(file, media);
    if (fault !== undefined || media.form === undefined) return fault;
    // Only here: results that an earlier version stored without this check stay sound.
    return await findFormFault(media.form, file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'was not written';
    if (isErrno(error, 'EISDIR')) return 'is a folder, not a file';
    throw error;
  }
}

/**
 * Stores a record. The first record of a key stays, unless it is useless: its file is corrupt or its artifacts are
 * gone.
 */
async function storeRecord(
  store: Store,
  record: StageRecord,
  failpoint: FailpointHook,
): Promise<Published> {
  const file = recordPath(store, record.key);
  const text = recordText(record);
  if ((await createRecord(store, file, text, failpoint)) === 'exists') {
    const found = findRecord(store, record.key, formsOf(record));
    if (found.kind === 'hit') {
      return {
        kind: 'published',
        record: found.record,
        diverged: changedOutputs(found.record, record),
      };
    }
    await replaceWhole(store, file, text, (step) => failpoint(`replacement-${step}`));
  }
  return {kind: 'published', record, diverged: []};
}

async function replaceRecord(
  store: Store,
  record: StageRecord,
  failpoint: FailpointHook,
): Promise<Published> {
  const file = recordPath(store, record.key);
  const text = recordText(record);
  const earlier = findRecord(store, record.key, formsOf(record));
  if (earlier.kind === 'none' && (await createRecord(store, file, text, failpoint)) === 'linked') {
    return {kind: 'published', record, diverged: []};
  }
  await replaceWhole(store, file, text, (step) => failpoint(`replacement-${step}`));
  const replaced = 'record' in earlier ? {replaced: changedOutputs(earlier.record, record)} : {};
  return {kind: 'published', record, diverged: [], ...replaced};
}

function createRecord(
  store: Store,
  file: string,
  text: string,
  failpoint: FailpointHook,
): Promise<'linked' | 'exists'> {
  return createWhole(store, file, text, (step) => failpoint(`record-${step}`));
}

/**
 * The outputs that a record of the same key must have; where several artifacts are allowed, their number may differ.
 */
function formsOf({outputs}: StageRecord): OutputForms {
  const forms = Object.entries(outputs).map(([name, {media}]) => [name, {media, many: true}]);
  return Object.fromEntries(forms) as OutputForms;
}
