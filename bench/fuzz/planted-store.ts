import {chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {digestOf, type Digest} from '../../src/base/digest.ts';
import {stageKey} from '../../src/store/records/stage-key.ts';
import {parseFingerprint, preimage, type Fingerprint} from '../../src/store/records/fingerprint.ts';
import {
  blobPath,
  fingerprintPath,
  recordPath,
  recordRoot,
  runRoot,
  type Store,
} from '../../src/store/layout.ts';
import type {Artifact, Key, StageRecord} from '../../src/store/records/record.ts';
import {stamp} from '../../src/store/artifacts/stamp.ts';

/** An artifact of a store, with one of the outputs that it belongs to. */
export interface Stored {
  readonly record: StageRecord;
  readonly output: string;
  readonly media: string;
  readonly artifact: Artifact;
}

export function recordsOf(store: Store): readonly StageRecord[] {
  return filesIn(recordRoot(store)).map(
    (file) => JSON.parse(readFileSync(file, 'utf8')) as StageRecord,
  );
}

export function storedIn(store: Store): readonly Stored[] {
  return recordsOf(store).flatMap((record) =>
    Object.entries(record.outputs).flatMap(([output, {media, artifacts}]) =>
      artifacts.map((artifact) => ({record, output, media, artifact})),
    ),
  );
}

/** Replaces an artifact by other bytes, and makes all digests and keys right. Gives the new digest. */
export function plant(
  store: Store,
  {digest: old}: Artifact,
  bytes: Buffer,
  {rekey}: {readonly rekey: boolean},
): Digest {
  const digest = digestOf(bytes);
  const blob = blobPath(store, digest);
  mkdirSync(path.dirname(blob), {recursive: true});
  writeFileSync(blob, bytes);
  chmodSync(blob, 0o444);
  stamp(blob);
  const made = {digest, sizeBytes: bytes.length};
  const swapped = new Map<string, string>();
  for (const record of recordsOf(store)) {
    const outputs = withArtifact(record.outputs, old, made);
    const key = rekey ? rekeyed(store, record, {old, digest}) : record.key;
    if (key !== record.key) {
      swapped.set(record.key, key);
      rmSync(recordPath(store, record.key));
    }
    rewrite(recordPath(store, key), JSON.stringify({...record, key, outputs}));
  }
  for (const file of filesIn(runRoot(store)).filter((name) => name.endsWith('events.jsonl'))) {
    let text = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        return JSON.stringify(withArtifact(JSON.parse(line), old, made));
      })
      .join('\n');
    for (const [from, to] of swapped) text = text.replaceAll(from, to);
    rewrite(file, `${text}\n`);
  }
  return digest;
}

/** Moves a result that has the artifact as an input to its new key. */
function rekeyed(
  store: Store,
  {key, type}: StageRecord,
  {old, digest}: {readonly old: Digest; readonly digest: Digest},
): Key {
  const text = readFileSync(fingerprintPath(store, type, key), 'utf8');
  const fingerprint = parseFingerprint(text, key)!;
  if (!text.includes(old)) return key;
  const inputs = Object.entries(fingerprint.inputs).map(([port, digests]) => [
    port,
    digests.map((one) => (one === old ? digest : one)),
  ]);
  return writeFingerprint(store, {
    ...fingerprint,
    inputs: Object.fromEntries(inputs) as Fingerprint['inputs'],
  });
}

function writeFingerprint(store: Store, fingerprint: Fingerprint): Key {
  const key = stageKey(fingerprint);
  rewrite(fingerprintPath(store, fingerprint.type, key), preimage(fingerprint));
  return key;
}

/** Replaces an artifact everywhere in a value. */
function withArtifact<T>(value: T, old: Digest, made: Artifact): T {
  if (typeof value !== 'object' || value === null) return value;
  if ((value as Partial<Artifact>).digest === old) return {...value, ...made};
  if (Array.isArray(value)) return value.map((one: unknown) => withArtifact(one, old, made)) as T;
  const entries = Object.entries(value).map(([name, one]: [string, unknown]) => [
    name,
    withArtifact(one, old, made),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Overwrites or makes a file. */
export function rewrite(file: string, text: string | Buffer): void {
  mkdirSync(path.dirname(file), {recursive: true});
  rmSync(file, {force: true, recursive: true});
  writeFileSync(file, text);
}

/** All files below a folder, sorted. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
