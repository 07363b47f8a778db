import type {Engine, Executable, Tensor} from '../../tensor/engine.ts';
import {createAdder} from '../batches/part-runs.ts';
import {Backlog} from './backlog.ts';
import {readTotals, uploadTotals, type Totals} from './totals.ts';

/** Batches that engines which share the work may be asked for before the host waits for the oldest. */
const batchesAhead = 16;

/**
 * Totals over batches that do not depend on each other. One engine adds each batch to those before. Of several, each
 * computes some of the batches, and then all of them add up the results in the order of the batches: to the same bytes,
 * since a program adds its batch to nothing there, and a sum is rounded where it is added to others.
 */
export class SharedTotals {
  readonly #engine: Engine;
  readonly #backlog: Backlog;
  readonly #add: (sum: Tensor, next: Tensor) => Tensor;
  /** The totals of single batches that engines were asked for, in order. */
  readonly #asked: Promise<Tensor>[] = [];
  #totals: Tensor;
  #batches = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#backlog = new Backlog(engine);
    this.#add = createAdder(engine);
    this.#totals = noTotals(engine);
  }

  /**
   * Adds a batch. The inputs may be disposed as soon as it is called.
   *
   * @param executable adds the batch to `totals`, see `addToTotals`
   */
  async add(
    executable: Executable<'totals'>,
    inputs: Readonly<Record<string, Tensor>>,
  ): Promise<void> {
    if (executable.runPart === undefined) {
      const before = this.#totals;
      this.#totals = executable.run({...inputs, totals: before}).totals;
      await this.#backlog.add(before);
      return;
    }
    const none = noTotals(this.#engine);
    const result = executable.runPart(this.#batches++, {...inputs, totals: none});
    none.dispose();
    const asked = result.then(({totals}) => totals);
    asked.catch(() => undefined); // It is thrown when it is waited for.
    this.#asked.push(asked);
    if (this.#asked.length > batchesAhead) await this.#addOldest();
  }

  /** Waits for all batches, and frees what it holds. */
  async take(): Promise<Totals> {
    while (this.#asked.length > 0) await this.#addOldest();
    const totals = await readTotals(this.#engine, this.#totals);
    this.#totals.dispose();
    return totals;
  }

  async #addOldest(): Promise<void> {
    const oldest = await this.#asked.shift()!;
    this.#totals = this.#add(this.#totals, oldest);
  }
}

function noTotals(engine: Engine): Tensor {
  return uploadTotals(engine, {loss: 0, correct: 0});
}
