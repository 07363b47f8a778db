import {isSystemError} from '../../base/errno.ts';
import type {RunEvent} from '../../journal/event.ts';
import type {PlanCosts} from '../../plan/plan-costs.ts';
import {formatBytes} from '../../report/format/bytes.ts';

/** Room that is left beside what is expected, since estimates are rough and a run also writes logs and checkpoints. */
const margin = 1.1;

interface SpaceSetup {
  /** The expected cost of the run; `undefined`: nothing is known of it. */
  readonly estimate: () => Promise<Pick<PlanCosts, 'newBytes' | 'unknown'> | undefined>;
  /** The free space of the store's disk. */
  readonly freeBytes: () => number;
  /** The store, as the user named it. */
  readonly store: string;
  /** Takes a line for the user. */
  readonly tell: (line: string) => void;
}

/**
 * Compares the free space of the store's disk with what a run is expected to write, once its first instance starts: a run
 * with nothing to do asks nothing. A warning, not a refusal: only estimates stand behind it.
 */
export class SpaceWatch {
  readonly #setup: SpaceSetup;
  #asked: Promise<void> | undefined;

  constructor(setup: SpaceSetup) {
    this.#setup = setup;
  }

  onEvent({kind}: Pick<RunEvent, 'kind'>): void {
    if (kind === 'started') this.#asked ??= this.#ask().catch(ignoreDisk);
  }

  /** Ends when the user has been told, if there was something to tell. */
  async close(): Promise<void> {
    await this.#asked;
  }

  async #ask(): Promise<void> {
    const {estimate, freeBytes, store, tell} = this.#setup;
    const costs = await estimate();
    if (costs === undefined || costs.newBytes === 0) return;
    const free = freeBytes();
    if (free >= margin * costs.newBytes) return;
    const more = costs.unknown === 0 ? '' : ' or more';
    tell(
      `Warning: the disk of ${store} has ${formatBytes(free)} free, and this run is expected to write ${formatBytes(costs.newBytes)}${more}.\n`,
    );
  }
}

/** A disk that cannot be asked or read is the run's to report. */
function ignoreDisk(error: unknown): void {
  if (!isSystemError(error)) throw error;
}
