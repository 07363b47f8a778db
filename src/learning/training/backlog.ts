import type {Engine, Tensor} from '../../tensor/engine.ts';

/** Batches between two notes, and notes that the host may be ahead. */
const batchesANote = 8;
const notesAhead = 2;

/**
 * Keeps the host from running far ahead of the engine, since the batches that it uploads would pile up. What it waits
 * for is so old that the engine still has work meanwhile.
 */
export class Backlog {
  readonly #engine: Engine;
  readonly #notes: Promise<void>[] = [];
  #batches = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Notes a batch, by a small tensor that is ready when the batch is, and that is taken over. Waits if the host is more
   * than 24 batches ahead.
   */
  async add(tensor: Tensor): Promise<void> {
    if (++this.#batches % batchesANote !== 0) {
      tensor.dispose();
      return;
    }
    const note = this.#wait(tensor);
    note.catch(() => undefined); // It is thrown when it is waited for.
    this.#notes.push(note);
    if (this.#notes.length > notesAhead) await this.#notes.shift();
  }

  /** Waits for all that is noted. */
  async end(): Promise<void> {
    await Promise.all(this.#notes.splice(0));
  }

  async #wait(tensor: Tensor): Promise<void> {
    try {
      await this.#engine.read(tensor);
    } finally {
      tensor.dispose();
    }
  }
}
