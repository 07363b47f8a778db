import assert from 'node:assert/strict';
import {readFile, rm, writeFile} from 'node:fs/promises';
import type {Digest} from '../../../src/base/digest.ts';
import type {Registry} from '../../../src/contract/registry.ts';
import type {InstanceId} from '../../../src/pipeline/graph/instance.ts';
import {blobPath, recordPath, type Store} from '../../../src/store/layout.ts';
import type {Key, StageRecord} from '../../../src/store/records/record.ts';
import {stamp} from '../../../src/store/artifacts/stamp.ts';
import {interpret, sha256, type Meaning} from '../engines/interpreter.ts';
import {edited, type Edit} from '../laws/pipeline-arbitrary.ts';
import {plainLook, writeModel, type Look, type PipelineModel} from '../laws/pipeline-model.ts';
import {runInProcess, type RunInProcess} from './run-in-process.ts';
import {registry} from '../registries/scripted-registry.ts';
import {TemporaryFolder} from './temporary-folder.ts';

/** A disturbance of a run: it is repeatedly stopped after a number of events, or another run joins it. */
export interface Disturbance {
  /** Forces the n-th instance, modulo their number. */
  readonly force?: number;
  readonly stopAfter?: readonly number[];
  readonly atOnce?: number;
}

/** An invented pipeline and a store, with the results that the store must have according to the interpreter. */
export class Laboratory implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #store: Store;
  #model: PipelineModel;
  #look: Look = plainLook;
  /** Results with a record, by identity. */
  readonly #stored = new Map<string, {readonly key: Key; readonly meaning: Meaning}>();
  /** Digests whose bytes were deleted, or damaged visibly. */
  readonly #lost = new Set<string>();
  /** Digests whose bytes were damaged so that it shows only when they are read. */
  readonly #rotten = new Set<string>();

  private constructor(folder: TemporaryFolder, model: PipelineModel) {
    this.#folder = folder;
    this.#store = {root: folder.file('store')};
    this.#model = model;
  }

  static async create(model: PipelineModel): Promise<Laboratory> {
    return new Laboratory(await TemporaryFolder.createInMemory(), model);
  }

  async apply(edit: Edit): Promise<void> {
    switch (edit.kind) {
      case 'look':
        this.#look = edit;
        break;
      case 'delete-record': {
        const found = nth([...this.#stored], edit.nth);
        if (found === undefined) break;
        await rm(recordPath(this.#store, found[1].key));
        this.#stored.delete(found[0]);
        break;
      }
      case 'delete-artifact':
      case 'damage-artifact':
      case 'rot-artifact':
        await this.#spoil(edit.kind, edit.nth);
        break;
      case 'word':
      case 'steps':
      case 'stage':
      case 'cut':
      case 'version':
      case 'axis':
        this.#model = edited(this.#model, edit);
    }
  }

  async #spoil(kind: Edit['kind'], index: number): Promise<void> {
    const stored = [...this.#stored.values()].flatMap(({meaning}) => textsOf(meaning));
    const text = nth([...new Set(stored)], index);
    // An empty artifact cannot be damaged.
    if (text === undefined || text === '' || this.#lost.has(sha256(text))) return;
    const file = blobPath(this.#store, sha256(text) as Digest);
    await rm(file);
    this.#rotten.delete(sha256(text));
    if (kind !== 'delete-artifact') await writeFile(file, `!${text.slice(1)}`);
    if (kind === 'rot-artifact') stamp(file);
    (kind === 'rot-artifact' ? this.#rotten : this.#lost).add(sha256(text));
  }

  /** Runs the current pipeline and checks everything that the interpreter predicts. Gives the instances that ran. */
  async checkRun(disturbance: Disturbance = {}): Promise<readonly string[]> {
    const meanings = interpret(this.#model, this.#look);
    const asked = disturbance.force === undefined ? undefined : nth(meanings, disturbance.force);
    const due = this.#due(meanings, asked);
    const runs = await this.#run(disturbance, asked);
    const byId = new Map(meanings.map((meaning) => [meaning.id, meaning]));
    const ran: string[] = [];
    for (const event of runs.flatMap(({events}) => events)) {
      if (event.kind !== 'started' && event.kind !== 'finished') continue;
      const meaning = byId.get(event.instance)!;
      assert.ok(due.has(meaning.identity), `needlessly ${event.kind}: ${meaning.identity}`);
      if (event.kind === 'started') continue;
      assert.deepEqual(event.diverged ?? [], [], event.instance);
      ran.push(meaning.identity);
      this.#stored.set(meaning.identity, {key: event.record.key, meaning});
      for (const digest of digestsOf(meaning)) {
        this.#lost.delete(digest);
        this.#rotten.delete(digest);
      }
    }
    assert.equal(new Set(ran).size, ran.length, `something ran twice: ${ran.join(' ')}`);
    if (asked !== undefined) assert.ok(ran.includes(asked.identity), `did not run: ${asked.id}`);
    // An instance that is still due but did not run: another one with the same output must have restored its bytes.
    const left = meanings.filter((meaning) => this.#isDue(meaning)).map(({id}) => id);
    assert.deepEqual(left, [], 'still due');
    for (const run of runs) await this.#checkResults(run, meanings);
    return ran;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }

  #isDue(meaning: Meaning): boolean {
    const stored = this.#stored.has(meaning.identity);
    return !stored || digestsOf(meaning).some((digest) => this.#lost.has(digest));
  }

  /** The identities of all instances that may run, for any reason. */
  #due(meanings: readonly Meaning[], asked: Meaning | undefined): ReadonlySet<string> {
    const due = new Set(meanings.filter((m) => this.#isDue(m)).map(({identity}) => identity));
    if (asked !== undefined) due.add(asked.identity);
    // A rotten artifact is made again by its producer when a running instance reads it.
    for (const {identity, texts} of meanings.toReversed()) {
      if (!due.has(identity)) continue;
      const rotten = texts.filter((text) => this.#rotten.has(sha256(text)));
      for (const maker of meanings) {
        if (textsOf(maker).some((text) => rotten.includes(text))) due.add(maker.identity);
      }
    }
    return due;
  }

  /** Runs the pipeline until the last of its runs, or all concurrent ones, have ended. */
  async #run(
    {stopAfter = [], atOnce = 1}: Disturbance,
    asked: Meaning | undefined,
  ): Promise<readonly RunInProcess[]> {
    const given = {
      files: writeModel(this.#model, this.#look),
      store: this.#store.root,
      stageTypes: withVersions(this.#model.versions),
      wishes: {force: asked === undefined ? [] : [asked.id]},
    };
    const runs: RunInProcess[] = [];
    for (const after of stopAfter) {
      let seen = 0;
      runs.push(
        await runInProcess({
          ...given,
          onEvent: (_, stop) => (seen++ === after ? stop() : undefined),
        }),
      );
    }
    const last = await Promise.all(Array.from({length: atOnce}, () => runInProcess(given)));
    for (const {outcome} of last) assert.equal(outcome, 'ok');
    return [...runs, ...last];
  }

  async #checkResults(
    {outcome, records}: RunInProcess,
    meanings: readonly Meaning[],
  ): Promise<void> {
    if (outcome === 'ok') assert.equal(records.size, meanings.length);
    for (const {id, outputs} of meanings) {
      const record = records.get(id as InstanceId);
      if (record === undefined) continue;
      for (const [name, texts] of Object.entries(outputs)) {
        const found = await this.#textsOf(record, name);
        for (const [index, text] of texts.entries()) {
          if (!this.#rotten.has(sha256(text))) assert.equal(found[index], text, id);
        }
        assert.equal(found.length, texts.length);
      }
    }
  }

  #textsOf(record: StageRecord, output: string): Promise<readonly string[]> {
    const {artifacts} = record.outputs[output]!;
    return Promise.all(
      artifacts.map(({digest}) => readFile(blobPath(this.#store, digest), 'utf8')),
    );
  }
}

function digestsOf(meaning: Meaning): readonly string[] {
  return textsOf(meaning).map(sha256);
}

function textsOf({outputs}: Meaning): readonly string[] {
  return Object.values(outputs).flat();
}

function nth<T>(items: readonly T[], index: number): T | undefined {
  return items[index % items.length];
}

/** The scripted stage types with other versions, as if their code had changed. */
function withVersions(versions: PipelineModel['versions']): Registry {
  const entries = Array.from(registry, ([name, type]) => {
    const version = versions[name] ?? type.contract.version;
    return [name, {...type, contract: {...type.contract, version}}] as const;
  });
  return new Map(entries);
}
