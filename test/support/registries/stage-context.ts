import {copyFile, mkdir, rm} from 'node:fs/promises';
import type {JsonObject} from '../../../src/base/json.ts';
import type {Contract} from '../../../src/contract/contract.ts';
import type {
  Checkpoint,
  CheckpointState,
  Progress,
  StageContext,
} from '../../../src/contract/stage.ts';
import {StopRequested} from '../../../src/contract/stage.ts';
import {TemporaryFolder} from '../rigs/temporary-folder.ts';

interface GivenTo<C extends Contract> {
  readonly params: StageContext<C>['params'];
  readonly inputs: Omit<StageContext<C>['inputs'], 'state'> & {readonly state?: readonly string[]};
}

/** Runs a stage without a runner: a folder for its outputs, and a record of what it reported. */
export class StageRig implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly progress: Progress[] = [];
  readonly log: string[] = [];
  readonly warnings: string[] = [];
  readonly provenance: JsonObject[] = [];
  /** The states that the stage saved. */
  readonly checkpoints: CheckpointState[] = [];
  readonly #outputs = new Set<string>();
  /** The files that the newest state keeps, by name. */
  readonly #files = new Map<string, string>();
  #stop = new AbortController();

  private constructor(folder: TemporaryFolder) {
    this.folder = folder;
  }

  static async create(): Promise<StageRig> {
    return new StageRig(await TemporaryFolder.create());
  }

  /** Asks the stage to stop: its next offer of a checkpoint saves and rejects. */
  stop(): void {
    this.#stop.abort();
  }

  /** Later runs are not asked to stop; they find the checkpoints saved so far. */
  resume(): void {
    this.#stop = new AbortController();
  }

  /** The path of an output. */
  output(port: string, index = 0): string {
    const path = this.folder.file(`${port}-${index}`);
    this.#outputs.add(path);
    return path;
  }

  /** Removes outputs, since another attempt starts without them. */
  async forgetOutputs(): Promise<void> {
    for (const path of this.#outputs) await rm(path, {force: true});
  }

  /**
   * The stage's context. Parameters are used as given: no defaults are filled in. Inputs by which a stage goes on from
   * another result may be left out.
   */
  context<C extends Contract>({params, inputs}: GivenTo<C>): StageContext<C> {
    return {
      params,
      inputs: {state: [], ...inputs} as StageContext<C>['inputs'],
      output: (port, index) => this.output(port, index),
      checkpoint: this.#checkpoint(),
      keptFolder: async () => {
        await mkdir(this.folder.file('kept'), {recursive: true});
        return this.folder.file('kept');
      },
      engine: {name: 'auto', numerics: 'any', threads: 1, gpu: false},
      stopping: this.#stop.signal,
      progress: (progress) => this.progress.push(progress),
      log: (line) => this.log.push(line),
      warn: (sentence) => this.warnings.push(sentence),
      provenance: (facts) => this.provenance.push(facts),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }

  #checkpoint(): Checkpoint {
    return {
      latest: async () => this.checkpoints.at(-1),
      takeFile: async (name, path) => copyFile(this.#files.get(name)!, path),
      offer: async (state, files = new Map<string, string>()) => {
        this.checkpoints.push(await state());
        for (const [name, path] of files) {
          const kept = this.folder.file(`kept-${name}`);
          await copyFile(path, kept);
          this.#files.set(name, kept);
        }
        if (this.#stop.signal.aborted) throw new StopRequested();
      },
    };
  }
}
