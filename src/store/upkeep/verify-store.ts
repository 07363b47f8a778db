import {existsSync, statSync} from 'node:fs';
import {digestFile, type Digest} from '../../base/digest.ts';
import {isErrno, isSystemError} from '../../base/errno.ts';
import {mapConcurrently} from '../../base/map-concurrently.ts';
import {readText} from '../../base/read-text.ts';
import type {Media, MediaDefinition} from '../../contract/media.ts';
import {checkContainer} from '../artifacts/check-container.ts';
import {detectContainer} from '../artifacts/detect-container.ts';
import {damagedCheckpoints} from '../checkpoints.ts';
import {readRecord} from '../records/find-record.ts';
import {parseFingerprint} from '../records/fingerprint.ts';
import {takeInventory, type Inventory} from './inventory.ts';
import {blobPath, fingerprintPath, recordPath, type Store} from '../layout.ts';
import type {Key, StageRecord} from '../records/record.ts';
import {findUnexpectedFiles} from './unexpected-files.ts';

/** A fault in the store. Paths are absolute. */
export type Finding =
  | {readonly kind: 'record-corrupt'; readonly key: Key; readonly path: string}
  /** The bytes of an artifact do not match its digest, or cannot be read. */
  | {
      readonly kind: 'artifact-damaged';
      readonly digest: Digest;
      readonly path: string;
      /** The error of reading it. Absent: it was read, and its bytes differ. */
      readonly error?: string;
      /** The actual and the recorded number of bytes. Absent: they are equal, or one is not known. */
      readonly sizes?: {readonly is: number; readonly was: number};
      /** The first result that contains it. Absent: none. */
      readonly of?: {readonly key: Key; readonly type: string; readonly output: string};
    }
  | ({readonly kind: 'artifact-missing'} & OutputOf)
  /**
   * The bytes are those that were stored, but do not form a valid file of their media, or contain a number that is not
   * finite.
   */
  | ({readonly kind: 'artifact-malformed'; readonly fault: string} & OutputOf)
  | {readonly kind: 'fingerprint-damaged'; readonly key: Key; readonly path: string}
  | {readonly kind: 'checkpoint-damaged'; readonly key: Key; readonly path: string};

interface OutputOf {
  readonly key: Key;
  readonly type: string;
  readonly output: string;
  readonly digest: Digest;
}

/** All findings, and the amounts that were checked. */
export interface Verification {
  readonly findings: readonly Finding[];
  readonly results: number;
  readonly artifacts: number;
  readonly bytes: number;
  /** Artifacts that no record names: left by crashes, or about to be published. */
  readonly unnamed: {readonly count: number; readonly bytes: number};
  /** Number of records whose fingerprint is gone; they can be used all the same. */
  readonly withoutFingerprint: number;
  /** Files that others have put among artifacts and records, relative to the store. */
  readonly unexpected: readonly string[];
}

/**
 * @param media the known media; an artifact of another media is checked by the container that its bytes suggest
 * @param onProgress called as bytes of artifacts are read
 */
export async function verifyStore(
  store: Store,
  media: Media,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<Verification> {
  const inventory = takeInventory(store);
  const records = inventory.results.map(({key}) => ({key, record: readRecord(store, key)}));
  const whole = records.flatMap(({record}) => (typeof record === 'string' ? [] : [record]));
  const corrupt = records.filter(({record}) => record === 'record-corrupt');
  const damaged = await findDamaged(store, {inventory, records: whole}, onProgress);
  const fingerprints = checkFingerprints(store, whole);
  const findings: Finding[] = [
    ...corrupt.map(
      ({key}) => ({kind: 'record-corrupt', key, path: recordPath(store, key)}) as const,
    ),
    ...damaged.values(),
    ...(await findFaults(store, media, {records: whole, damaged})),
    ...fingerprints.damaged,
  ];
  for (const {name} of inventory.checkpoints) {
    const key = name as Key;
    const folders = await damagedCheckpoints(store, key);
    findings.push(...folders.map((path) => ({kind: 'checkpoint-damaged', key, path}) as const));
  }
  const blobs = [...inventory.blobs.values()];
  const named = new Set(
    inventory.results.flatMap(({artifacts}) => artifacts.map(({digest}) => digest)),
  );
  const unnamed = blobs.filter(({digest}) => !named.has(digest));
  return {
    findings,
    results: records.length,
    artifacts: blobs.length,
    bytes: bytesOf(blobs),
    unnamed: {count: unnamed.length, bytes: bytesOf(unnamed)},
    withoutFingerprint: fingerprints.missing,
    unexpected: findUnexpectedFiles(store),
  };
}

function bytesOf(blobs: readonly {readonly sizeBytes: number}[]): number {
  return blobs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
}

async function findDamaged(
  store: Store,
  {
    inventory: {blobs},
    records,
  }: {readonly inventory: Inventory; readonly records: readonly StageRecord[]},
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<ReadonlyMap<Digest, Finding>> {
  const total = bytesOf([...blobs.values()]);
  let done = 0;
  const found = await mapConcurrently(blobs.values(), async ({digest, sizeBytes}) => {
    const path = blobPath(store, digest);
    let left = sizeBytes;
    const advance = (bytes: number): void => {
      const counted = Math.min(left, bytes);
      left -= counted;
      done += counted;
      onProgress(done, total);
    };
    const state = await readDigest(path, advance);
    advance(left);
    if (state.kind === 'gone' || state.digest === digest) return undefined;
    const error = state.kind === 'unreadable' ? {error: state.error} : {};
    const of = ownerOf(digest, sizeBytes, records);
    return {kind: 'artifact-damaged', digest, path, ...error, ...of} as const;
  });
  return new Map(found.flatMap((finding) => (finding ? [[finding.digest, finding]] : [])));
}

function ownerOf(
  digest: Digest,
  is: number,
  records: readonly StageRecord[],
): Pick<Extract<Finding, {kind: 'artifact-damaged'}>, 'of' | 'sizes'> {
  for (const record of records) {
    const found = artifactsOf(record).find((artifact) => artifact.digest === digest);
    if (found === undefined) continue;
    const {output, sizeBytes: was} = found;
    return {
      of: {key: record.key, type: record.type, output},
      ...(is !== was && {sizes: {is, was}}),
    };
  }
  return {};
}

/** The digest of a file; reading may fail if the disk is damaged. */
async function readDigest(
  file: string,
  onBytes: (bytes: number) => void,
): Promise<
  | {readonly kind: 'read'; readonly digest: string}
  | {readonly kind: 'gone'; readonly digest?: undefined}
  | {readonly kind: 'unreadable'; readonly error: string; readonly digest?: undefined}
> {
  try {
    return {kind: 'read', digest: await digestFile(file, onBytes)};
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return {kind: 'gone'};
    if (isSystemError(error)) return {kind: 'unreadable', error: error.message};
    throw error;
  }
}

/** Artifacts of records that are missing, or are invalid files of their media. Damaged ones were reported before. */
async function findFaults(
  store: Store,
  known: Media,
  {
    records,
    damaged,
  }: {
    readonly records: readonly StageRecord[];
    readonly damaged: ReadonlyMap<Digest, Finding>;
  },
): Promise<readonly Finding[]> {
  const artifacts = records.flatMap(({key, type, outputs}) =>
    artifactsOf({outputs}).map((artifact) => ({key, type, ...artifact})),
  );
  const sound = artifacts.filter(({digest}) => !damaged.has(digest));
  const faults = await mapConcurrently(sound, ({digest, media, sizeBytes}) =>
    faultOf(blobPath(store, digest), known.get(media), sizeBytes),
  );
  return sound.flatMap(({key, type, output, digest}, index): readonly Finding[] => {
    const fault = faults[index];
    const of = {key, type, output, digest};
    if (fault === undefined) return [];
    if (fault !== 'missing') return [{kind: 'artifact-malformed', fault, ...of}];
    // A record that has disappeared was cleaned up, before its artifacts.
    return existsSync(recordPath(store, key)) ? [{kind: 'artifact-missing', ...of}] : [];
  });
}

function artifactsOf({outputs}: Pick<StageRecord, 'outputs'>): readonly {
  readonly output: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly media: string;
}[] {
  return Object.entries(outputs).flatMap(([output, {media, artifacts}]) =>
    artifacts.map((artifact) => ({output, media, ...artifact})),
  );
}

async function faultOf(
  file: string,
  media: MediaDefinition | undefined,
  sizeBytes: number,
): Promise<string | undefined> {
  try {
    const {size} = statSync(file);
    if (size !== sizeBytes) return `has ${size} bytes, and its record says ${sizeBytes}`;
    return await checkContainer(file, media ?? {container: await detectContainer(file)});
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'missing';
    throw error;
  }
}

function checkFingerprints(
  store: Store,
  records: readonly StageRecord[],
): {readonly missing: number; readonly damaged: readonly Finding[]} {
  const damaged: Finding[] = [];
  let missing = 0;
  for (const {key, type} of records) {
    const file = fingerprintPath(store, type, key);
    try {
      const text = readText(file);
      if (parseFingerprint(text, key) === undefined)
        damaged.push({kind: 'fingerprint-damaged', key, path: file});
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      if (existsSync(recordPath(store, key))) missing++;
    }
  }
  return {missing, damaged};
}
