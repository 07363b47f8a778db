import {existsSync, readFileSync, rmSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import type {Digest} from '../base/digest.ts';
import {ifThere} from '../base/read-text.ts';
import {mapConcurrently} from '../base/map-concurrently.ts';
import type {Media} from '../contract/media.ts';
import {adoptRecord} from '../store/artifacts/adopt.ts';
import {checkContainer} from '../store/artifacts/check-container.ts';
import {storeBlob} from '../store/artifacts/store-blob.ts';
import {createWhole, temporaryPath} from '../store/durable.ts';
import {blobPath, elsewherePath, recordPath, type Store} from '../store/layout.ts';
import {parseFingerprint} from '../store/records/fingerprint.ts';
import type {Artifact, Key, OutputForms, StageRecord} from '../store/records/record.ts';
import type {GuardedRemote} from './guarded-remote.ts';
import {receiveFile, receiveText} from './receive.ts';
import type {RemoteName} from './remote.ts';
import {maxRecordBytes, readSigned, type Trust} from './signed-record.ts';

export interface RemoteCacheSetup {
  readonly remote: GuardedRemote;
  readonly store: Store;
  readonly trust: Trust;
  readonly media: Media;
  /** Called with a sentence about something from the remote that is not believed. */
  readonly warn: (sentence: string) => void;
}

/** What a run took from a remote cache. */
export interface RemoteTally {
  hits: number;
  fetched: number;
  fetchedBytes: number;
  /** Objects that were not what they should be. */
  refused: number;
}

/** Results of other machines: their records, and their bytes when they are needed. Nothing unchecked gets into the store. */
export class RemoteCache {
  readonly tally: RemoteTally = {hits: 0, fetched: 0, fetchedBytes: 0, refused: 0};
  readonly #setup: RemoteCacheSetup;
  readonly #records = new Map<Key, StageRecord>();
  /** The artifacts of those records, each with the name of its media. */
  readonly #artifacts = new Map<Digest, Artifact & {readonly media: string}>();
  readonly #asked = new Map<Key, Promise<boolean>>();
  readonly #answered = new Set<Key>();
  /** The texts of records that are not kept in the store yet. */
  readonly #unkept = new Map<Key, string>();
  readonly #lost = new Set<Key>();
  readonly #fetching = new Map<Digest, Promise<boolean>>();

  constructor(setup: RemoteCacheSetup) {
    this.#setup = setup;
  }

  get title(): string {
    return this.#setup.remote.title;
  }

  /** Whether nothing is asked of it any more. */
  get isOff(): boolean {
    return this.#setup.remote.isOff;
  }

  /** The records that were found, and that this machine may not have. */
  get records(): ReadonlyMap<Key, StageRecord> {
    return this.#records;
  }

  /** Whether it is known already what a look-up of a key gives. */
  hasAnswered(key: Key): boolean {
    return this.#answered.has(key);
  }

  /**
   * Looks a key up, once. Gives whether there is a record that can be believed.
   * @param outputs the outputs that it must have
   */
  find(key: Key, outputs: OutputForms): Promise<boolean> {
    let finding = this.#asked.get(key);
    if (finding === undefined) this.#asked.set(key, (finding = this.#find(key, outputs)));
    return finding;
  }

  async #find(key: Key, outputs: OutputForms): Promise<boolean> {
    const record = this.#readKept(key, outputs) ?? (await this.#ask(key, outputs));
    this.#answered.add(key);
    if (record === undefined) return false;
    this.#records.set(key, record);
    for (const {media, artifacts} of Object.values(record.outputs)) {
      for (const artifact of artifacts) this.#artifacts.set(artifact.digest, {...artifact, media});
    }
    this.tally.hits++;
    return true;
  }

  /** Keeps the records that were found in the store, so that a later run finds them without the remote. */
  async keep(): Promise<void> {
    const {store} = this.#setup;
    await mapConcurrently(this.#unkept, async ([key, text]) => {
      await createWhole(store, elsewherePath(store, key), text);
    });
    this.#unkept.clear();
  }

  /** A record that an earlier run found. Whoever signed it may not be trusted any more. */
  #readKept(key: Key, outputs: OutputForms): StageRecord | undefined {
    const {store, trust} = this.#setup;
    const text = ifThere(elsewherePath(store, key), (file) => readFileSync(file, 'utf8'));
    const read = text === undefined ? undefined : readSigned(text, {key, outputs}, trust);
    return read?.kind === 'record' ? read.record : undefined;
  }

  async #ask(key: Key, outputs: OutputForms): Promise<StageRecord | undefined> {
    const text = await this.#readText(`ac/${key}`);
    if (text === undefined) return undefined;
    const read = readSigned(text, {key, outputs}, this.#setup.trust);
    if (read.kind === 'record') {
      this.#unkept.set(key, text);
      return read.record;
    }
    this.#refuse(`The record ${key} ${read.why}`);
    return undefined;
  }

  /** Forgets a record whose bytes cannot be had: its instance has to run. Gives whether there was one. */
  forget(key: Key): boolean {
    if (!this.#records.delete(key)) return false;
    this.tally.hits--;
    this.#lost.add(key);
    this.#unkept.delete(key);
    rmSync(elsewherePath(this.#setup.store, key), {force: true});
    return true;
  }

  /** Whether the record of a key was there, but not its bytes. */
  isLost(key: Key): boolean {
    return this.#lost.has(key);
  }

  /** The size of an artifact of a record that was found, in bytes; `undefined`: there is none. */
  sizeOf(digest: Digest): number | undefined {
    return this.#artifacts.get(digest)?.sizeBytes;
  }

  /**
   * Brings the artifacts of a result into the store, and then the result itself. `false`: some of them cannot be had.
   * @param outputs the outputs that are needed; absent: all
   */
  async bringResult(key: Key, outputs?: readonly string[]): Promise<boolean> {
    const record = this.#records.get(key);
    if (record === undefined) return false;
    const needed = outputs ?? Object.keys(record.outputs);
    const artifacts = needed.flatMap((name) => record.outputs[name]?.artifacts ?? []);
    const brought = await mapConcurrently(artifacts, ({digest}) => this.bring(digest));
    await this.#adopt(record);
    return brought.every(Boolean);
  }

  /** Adds those results to the store whose bytes are all there, so that no later run has to ask for them. */
  async adopt(): Promise<void> {
    await mapConcurrently(this.#records.values(), (record) => this.#adopt(record));
  }

  async #adopt(record: StageRecord): Promise<void> {
    const {store} = this.#setup;
    const {key, type, outputs} = record;
    if (existsSync(recordPath(store, key))) return;
    const artifacts = Object.values(outputs).flatMap((output) => output.artifacts);
    if (!artifacts.every(({digest}) => existsSync(blobPath(store, digest)))) return;
    const preimage = await this.#readText(`cas/${key}`);
    if (preimage === undefined) return;
    if (parseFingerprint(preimage, key)?.type === type) {
      await adoptRecord(store, record, preimage);
      rmSync(elsewherePath(store, key), {force: true});
    } else this.#refuse(`The fingerprint ${key} has other bytes than its name says`);
  }

  /** Brings an artifact into the store. `false`: it cannot be had, or its bytes are wrong. */
  bring(digest: Digest): Promise<boolean> {
    let fetching = this.#fetching.get(digest);
    if (fetching === undefined) {
      fetching = this.#bring(digest).finally(() => this.#fetching.delete(digest));
      this.#fetching.set(digest, fetching);
    }
    return fetching;
  }

  async #bring(digest: Digest): Promise<boolean> {
    const artifact = this.#artifacts.get(digest);
    if (artifact === undefined) return false;
    const {remote, store} = this.#setup;
    if (existsSync(blobPath(store, digest))) return true;
    const file = await temporaryPath(store);
    try {
      const fault = await remote.read(`cas/${digest}`, async (bytes) => {
        const wrong = await receiveFile(bytes, file, artifact);
        if (wrong !== undefined) return wrong;
        const media = this.#setup.media.get(artifact.media);
        return (media && (await checkContainer(file, media))) ?? 'whole';
      });
      if (fault === undefined) return false;
      if (fault !== 'whole') return this.#refuse(`The artifact ${digest} ${fault}`);
      await storeBlob(store, file, () => undefined);
    } finally {
      await rm(file, {force: true});
      await rm(`${file}.stored`, {force: true});
    }
    this.tally.fetched++;
    this.tally.fetchedBytes += artifact.sizeBytes;
    return true;
  }

  async #readText(name: RemoteName): Promise<string | undefined> {
    const text = await this.#setup.remote.read(name, async (bytes) => ({
      read: await receiveText(bytes, maxRecordBytes),
    }));
    if (text !== undefined && text.read === undefined) {
      this.#refuse(`The object ${name} is larger than any record`);
    }
    return text?.read;
  }

  #refuse(fault: string): false {
    this.tally.refused++;
    this.#setup.warn(`${fault}: it is not used (${this.title}).`);
    return false;
  }
}
