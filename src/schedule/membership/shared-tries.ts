import {newestCheckpoint} from '../../store/checkpoints.ts';
import type {Store} from '../../store/layout.ts';
import type {Key} from '../../store/records/record.ts';
import type {Outcome} from '../../worker/protocol.ts';
import {isForced, type Task} from '../run-queue.ts';
import {isRetried, noFailures, withFailure, type Failures, type Tries} from '../tries.ts';
import type {RunNotes} from './run-notes.ts';

/** The attempts of all members of a run, as their notes tell. */
export class SharedTries implements Tries {
  readonly #store: Store;
  readonly #notes: RunNotes;
  /** The newest checkpoint at the start of each attempt of this member. */
  readonly #begun = new Map<Key, number>();
  #hasProgressed = false;

  constructor(store: Store, notes: RunNotes) {
    this.#store = store;
    this.#notes = notes;
  }

  /** Whether an attempt of this member has stored a record or a checkpoint. */
  get hasProgressed(): boolean {
    return this.#hasProgressed;
  }

  failuresOf({key}: Pick<Task, 'key'>): Failures {
    const notes = this.#notes.failuresOf(key);
    const failures = notes.reduce((sum, {cause}) => withFailure(sum, cause), noFailures);
    const final = notes.find(({isFinal}) => isFinal)?.cause;
    return final === undefined ? failures : {...failures, final};
  }

  hasMade(key: Key): boolean {
    return this.#notes.isForcedMade(key);
  }

  begin({key}: Task): void {
    this.#begun.set(key, newestCheckpoint(this.#store, key));
  }

  async end(task: Task, outcome: Outcome): Promise<void> {
    const {key, instance} = task;
    const hasSaved = newestCheckpoint(this.#store, key) > (this.#begun.get(key) ?? 0);
    this.#hasProgressed ||= hasSaved || outcome.kind === 'published';
    if (outcome.kind === 'published' && isForced(task)) await this.#notes.noteForced(key);
    if (outcome.kind !== 'failed') return;
    const {cause} = outcome;
    const isFinal = !isRetried(instance, cause, withFailure(this.failuresOf(task), cause));
    await this.#notes.addFailure(key, {cause, isFinal});
  }
}
