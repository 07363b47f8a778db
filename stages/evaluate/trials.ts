import {setImmediate as nextTurn} from 'node:timers/promises';
import {StopRequested, type StageContext} from '../../src/contract/stage.ts';
import type {Score} from '../../src/learning/scores/scores.ts';
import type {Performance} from '../../src/learning/training/classifier.ts';
import {evaluateTrials, type EvaluationSetup} from '../../src/learning/training/evaluation.ts';
import type {Engines} from '../../src/tensor/engines/replicas.ts';
import type {contract} from './contract.ts';

type Context = StageContext<typeof contract>;

/** A learning rate that was tried, and the accuracy of a network on held-out images. */
export interface TriedRate {
  readonly rate: number;
  readonly accuracy: number;
}

/** The trials that are done so far. A trial is short: an interrupted one starts over, and earlier ones are kept. */
export class Trials {
  readonly rates: TriedRate[];
  readonly scores: Score[];
  readonly #context: Context;
  readonly #engines: Engines;
  readonly #total: number;

  private constructor(
    {context, engines, total}: Given,
    {rates = [], scores = []}: {readonly rates?: TriedRate[]; readonly scores?: Score[]},
  ) {
    this.#context = context;
    this.#engines = engines;
    this.#total = total;
    this.rates = rates;
    this.scores = scores;
  }

  /** Those of an earlier attempt are restored. */
  static async restore(given: Given): Promise<Trials> {
    const state = await given.context.checkpoint.latest();
    const read = <T>(name: string): T[] => {
      const bytes = state?.get(name);
      return bytes === undefined ? [] : (JSON.parse(new TextDecoder().decode(bytes)) as T[]);
    };
    return new Trials(given, {rates: read<TriedRate>('rates'), scores: read<Score>('scores')});
  }

  /** How many networks are trained side by side. */
  get width(): number {
    return this.#engines.length;
  }

  /** Trains and evaluates networks, one on each engine. Throws `StopRequested` if the run asks for it. */
  async train(setups: readonly EvaluationSetup[]): Promise<readonly Performance[]> {
    const fractions = setups.map(() => 0);
    let stopped: Promise<never> | undefined;
    return await evaluateTrials(this.#engines, setups, async (trial, fraction) => {
      fractions[trial] = fraction;
      this.#report(fractions);
      await nextTurn(); // Training never waits for anything, so without this no message would be received.
      if (this.#context.stopping.aborted) await (stopped ??= this.#stop());
    });
  }

  /** Reports what is done, and offers a checkpoint unless this was the last. */
  async offer(): Promise<void> {
    this.#report([]);
    if (this.#done < this.#total) await this.#context.checkpoint.offer(() => this.#save());
  }

  get #done(): number {
    return this.rates.length + this.scores.length;
  }

  /** @param fractions how much of each trial that runs now is done */
  #report(fractions: readonly number[]): void {
    const {scores} = this;
    const mean = scores.reduce((sum, {accuracy}) => sum + accuracy, 0) / scores.length;
    const note = scores.length > 0 ? {note: `accuracy ${(100 * mean).toFixed(1)} %`} : {};
    const trials = fractions.reduce((sum, fraction) => sum + fraction, this.#done);
    const done = Math.round(100 * trials) / 100;
    this.#context.progress({done, total: this.#total, unit: 'trials', ...note});
  }

  async #stop(): Promise<never> {
    await this.#context.checkpoint.offer(() => this.#save());
    throw new StopRequested();
  }

  #save(): Map<string, Uint8Array> {
    const bytes = (list: readonly object[]): Uint8Array =>
      new TextEncoder().encode(JSON.stringify(list));
    return new Map([
      ['rates', bytes(this.rates)],
      ['scores', bytes(this.scores)],
    ]);
  }
}

interface Given {
  readonly context: Context;
  readonly engines: Engines;
  /** The number of all networks to train. */
  readonly total: number;
}
