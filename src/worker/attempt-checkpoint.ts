import {copyFile, link, rm} from 'node:fs/promises';
import {digestFile} from '../base/digest.ts';
import {isErrno, isSystemError} from '../base/errno.ts';
import {InternalError} from '../base/internal-error.ts';
import {StopRequested, type Checkpoint, type CheckpointState} from '../contract/stage.ts';
import {saveCheckpoint, type SavedFile, type SavedState} from '../store/checkpoints.ts';
import {StoreFault} from '../store/store-fault.ts';
import type {Store} from '../store/layout.ts';
import type {Key} from '../store/records/record.ts';
import type {Job} from './protocol.ts';
import type {WorkerWorld} from './worker-world.ts';

/** The checkpoints of a key, from the viewpoint of one attempt. */
export class AttemptCheckpoint implements Checkpoint {
  readonly #setup: CheckpointSetup;
  readonly #startMs = performance.now();
  #lastSavedMs = this.#startMs;
  /** Time worked by earlier attempts, as far as this one builds on it. */
  #earlierMs = 0;
  /** The key of the stored result that the work goes on from, if it does. */
  goesOnFrom: Key | undefined;
  /** Files that were offered before, by path: they do not change, and are read only once. */
  readonly #known = new Map<string, SavedFile>();

  constructor(setup: CheckpointSetup) {
    this.#setup = setup;
  }

  latest(): Promise<CheckpointState | undefined> {
    const {saved, world} = this.#setup;
    if (saved === undefined) return Promise.resolve(undefined);
    this.#earlierMs = saved.durationMs;
    this.goesOnFrom = saved.goesOnFrom;
    world.send({kind: 'resumed'});
    return Promise.resolve(saved.state);
  }

  async takeFile(name: string, path: string): Promise<void> {
    const file = this.#setup.saved?.files.get(name);
    if (file === undefined) throw new InternalError(`The checkpoint keeps no file ${name}.`);
    await rm(path, {force: true});
    try {
      await link(file.path, path);
    } catch (error) {
      if (!isErrno(error, 'EXDEV', 'EPERM', 'EMLINK')) throw error;
      await copyFile(file.path, path);
    }
    this.#known.set(path, {path, digest: file.digest});
  }

  async offer(
    state: () => CheckpointState | Promise<CheckpointState>,
    files: ReadonlyMap<string, string> = new Map(),
  ): Promise<void> {
    // The run's request to stop arrives as a message, and messages arrive between turns of the event loop.
    await new Promise(setImmediate);
    const {job, store, world} = this.#setup;
    const due = performance.now() - this.#lastSavedMs >= job.checkpointIntervalMs;
    const stop = world.stopping.aborted;
    if (!due && !stop) return;
    const saved = {
      state: await state(),
      files: await this.#digested(files),
      durationMs: this.durationMs(),
      ...(this.goesOnFrom !== undefined && {goesOnFrom: this.goesOnFrom}),
    };
    try {
      await saveCheckpoint(store, job.key, saved, (step) => world.failpoint(`checkpoint-${step}`));
    } catch (error) {
      // Without this, the error would look like a mistake of the stage.
      if (isSystemError(error)) throw new StoreFault(`No checkpoint was saved: ${error.message}`);
      throw error;
    }
    this.#lastSavedMs = performance.now();
    if (stop) throw new StopRequested();
  }

  async #digested(files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, SavedFile>> {
    const digested = new Map<string, SavedFile>();
    for (const [name, path] of files) {
      const file = this.#known.get(path) ?? {path, digest: await digestFile(path)};
      this.#known.set(path, file);
      digested.set(name, file);
    }
    return digested;
  }

  /** Time worked so far, by this attempt and those that it continues. */
  durationMs(): number {
    return Math.round(this.#earlierMs + performance.now() - this.#startMs);
  }
}

interface CheckpointSetup {
  readonly job: Job;
  readonly store: Store;
  /** The state that earlier attempts saved. */
  readonly saved: SavedState | undefined;
  readonly world: WorkerWorld;
}
