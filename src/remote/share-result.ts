import {existsSync} from 'node:fs';
import {open} from 'node:fs/promises';
import type {Digest} from '../base/digest.ts';
import {preimage, type Fingerprint} from '../store/records/fingerprint.ts';
import {blobPath, type Store} from '../store/layout.ts';
import {
  changedOutputs,
  type Artifact,
  type Key,
  type OutputForms,
  type StageRecord,
} from '../store/records/record.ts';
import type {GuardedRemote} from './guarded-remote.ts';
import {receiveText} from './receive.ts';
import {bodyOf, type RemoteBody, type RemoteName} from './remote.ts';
import {maxRecordBytes, readSigned, writeSigned, type Trust} from './signed-record.ts';
import type {Signer} from './signatures.ts';

/** The largest object that S3 takes in one piece, in bytes. */
const maxObjectBytes = 5 * 2 ** 30;

export interface Sharing {
  readonly remote: GuardedRemote;
  readonly store: Store;
  readonly trust: Trust;
  /** Absent: nobody signs, so that only those who trust everybody will use it. */
  readonly signer?: Signer;
}

/** A result that is put into a remote cache. */
export interface SharedResult {
  readonly record: StageRecord;
  readonly fingerprint: Fingerprint | undefined;
  /** The outputs whose bytes are shared; of others only digests. */
  readonly outputs: readonly string[];
  /** All outputs of its stage. */
  readonly forms: OutputForms;
  /** Whether a record that is there, of other bytes, has lost them. */
  readonly isLost?: boolean;
}

/** What of a result was put into a remote cache. */
export interface Shared {
  readonly putBytes: number;
  /** Artifacts that stay here: they are too large for one object. */
  readonly tooLarge: readonly Digest[];
  /** Whether the record of another machine, with other bytes, was there, and stays. */
  readonly differs: boolean;
}

/**
 * Puts a result into a remote cache: its artifacts, its fingerprint and, last, its record, so that what is found is
 * complete. What is there already is not sent again. Rejects with a `RemoteError`, or the system's error if an artifact
 * cannot be read.
 */
export async function shareResult(result: SharedResult, sharing: Sharing): Promise<Shared> {
  const {record, fingerprint, outputs} = result;
  const {remote, store, signer} = sharing;
  let putBytes = 0;
  const put = async (name: RemoteName, body: RemoteBody): Promise<void> => {
    if (await remote.has(name)) return;
    await remote.put(name, body);
    putBytes += body.sizeBytes;
  };
  const there = await recordThere(result, sharing);
  if (there === 'other') return {putBytes, tooLarge: [], differs: true};
  const artifacts = outputs
    .flatMap((name) => record.outputs[name]?.artifacts ?? [])
    .filter(({digest}) => existsSync(blobPath(store, digest)));
  const [small, large] = [artifacts.filter(isSmall), artifacts.filter((one) => !isSmall(one))];
  for (const artifact of small) await put(`cas/${artifact.digest}`, fileBody(store, artifact));
  if (fingerprint !== undefined) await put(`cas/${record.key}`, bodyOf(preimage(fingerprint)));
  if (there !== 'same') {
    const body = bodyOf(writeSigned(record, signer));
    await remote.put(`ac/${record.key}`, body, {replaces: there === 'useless'});
    putBytes += body.sizeBytes;
  }
  return {putBytes, tooLarge: large.map(({digest}) => digest), differs: false};
}

function isSmall({sizeBytes}: Artifact): boolean {
  return sizeBytes <= maxObjectBytes;
}

/** The record that is there: none, one of the same bytes, one of others, or one that helps nobody. */
async function recordThere(
  {record, forms, isLost = false}: SharedResult,
  {remote, trust}: Sharing,
): Promise<'none' | 'same' | 'other' | 'useless'> {
  const key: Key = record.key;
  const there = await remote.read(`ac/${key}`, async (bytes) => {
    const text = await receiveText(bytes, maxRecordBytes);
    return text === undefined ? 'endless' : readSigned(text, {key, outputs: forms}, trust);
  });
  if (there === undefined) return 'none';
  if (there === 'endless' || there.kind === 'refused') return 'useless';
  if (changedOutputs(there.record, record).length === 0) return 'same';
  return isLost ? 'useless' : 'other';
}

function fileBody(store: Store, {digest, sizeBytes}: Artifact): RemoteBody {
  return {
    digest,
    sizeBytes,
    open: async () => (await open(blobPath(store, digest))).createReadStream(),
  };
}
