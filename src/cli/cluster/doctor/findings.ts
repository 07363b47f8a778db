import type {ProbeStart} from '../../../cluster/probe/probe-files.ts';
import {writeWrapped} from '../../../report/format/wrapped.ts';
import type {World} from '../../world.ts';
import type {Observation} from './observation.ts';

/** The findings of a doctor about a member of a pool. */
export interface PoolFindings {
  readonly pool: string;
  /** The name of its allocation. Absent: there was none. */
  readonly job?: string;
  /** The time from its submission to its first word, in milliseconds. Absent: it did not start. */
  readonly startedMs?: number;
  /** The member's account of itself. */
  readonly member?: ProbeStart;
}

/** Keeps what a doctor finds out, and tells it at once to people. */
export class Findings {
  readonly #say: (text: string) => void;
  readonly #found: (Observation & {readonly pool?: string})[] = [];
  readonly #pools = new Map<string, PoolFindings>();

  /** @param isSilent whether nothing is told */
  constructor({stdout}: Pick<World, 'stdout'>, isSilent: boolean) {
    this.#say = (text) => (isSilent ? undefined : writeWrapped(stdout, text));
  }

  /** @param pool the pool that it is about, if it is about one */
  add(observations: readonly Observation[], pool?: string): void {
    for (const observation of observations) {
      this.#found.push({...(pool !== undefined && {pool}), ...observation});
      this.#say(`${marks[observation.kind]} ${observation.text}\n`);
    }
  }

  /** Keeps more about the member of a pool. */
  about(pool: string, more: Omit<PoolFindings, 'pool'>): void {
    this.#pools.set(pool, {pool, ...this.#pools.get(pool), ...more});
  }

  /** Tells what goes on. */
  say(text: string): void {
    this.#say(`${text}\n`);
  }

  get wrongs(): number {
    return this.#found.filter(({kind}) => kind === 'wrong').length;
  }

  /** Everything that was found, for programs. */
  json(): object {
    return {isWell: this.wrongs === 0, pools: [...this.#pools.values()], found: this.#found};
  }
}

const marks: Readonly<Record<Observation['kind'], string>> = {right: '✓', wrong: '✗', note: '•'};
