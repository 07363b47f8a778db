import {isSystemError} from '../base/errno.ts';
import {StopRequested, type Checkpoint, type CheckpointState} from '../contract/stage.ts';
import {saveCheckpoint, type SavedState} from '../store/checkpoints.ts';
import {StoreFault} from '../store/store-fault.ts';
import type {Store} from '../store/layout.ts';
import type {Job} from './protocol.ts';
import type {WorkerWorld} from './perform-job.ts';

/** The checkpoints of a key as one attempt sees them. */
export class AttemptCheckpoint implements Checkpoint {
  readonly #setup: CheckpointSetup;
  readonly #startMs = performance.now();
  #lastSavedMs = this.#startMs;
  /** Time worked by earlier attempts, as far as this one builds on it. */
  #earlierMs = 0;

  constructor(setup: CheckpointSetup) {
    this.#setup = setup;
  }

  latest(): Promise<CheckpointState | undefined> {
    const {saved, world} = this.#setup;
    if (saved === undefined) return Promise.resolve(undefined);
    this.#earlierMs = saved.durationMs;
    world.send({kind: 'resumed'});
    return Promise.resolve(saved.state);
  }

  async offer(state: () => CheckpointState | Promise<CheckpointState>): Promise<void> {
    // The run's wish to stop arrives as a message, and messages arrive between turns of the event loop.
    await new Promise(setImmediate);
    const {job, store, world} = this.#setup;
    const due = performance.now() - this.#lastSavedMs >= job.checkpointIntervalMs;
    const stop = world.stopping.aborted;
    if (!due && !stop) return;
    const saved = {state: await state(), durationMs: this.durationMs()};
    try {
      await saveCheckpoint(store, job.key, saved, (step) => world.failpoint(`checkpoint-${step}`));
    } catch (error) {
      // Otherwise it would look like a mistake of the stage.
      if (isSystemError(error)) throw new StoreFault(`No checkpoint was saved: ${error.message}`);
      throw error;
    }
    this.#lastSavedMs = performance.now();
    if (stop) throw new StopRequested();
  }

  /** Time worked so far, by this attempt and those it continues. */
  durationMs(): number {
    return Math.round(this.#earlierMs + performance.now() - this.#startMs);
  }
}

interface CheckpointSetup {
  readonly job: Job;
  readonly store: Store;
  /** What earlier attempts left. */
  readonly saved: SavedState | undefined;
  readonly world: WorkerWorld;
}
