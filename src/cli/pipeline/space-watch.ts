import type {RunEvent} from '../../journal/event.ts';
import {firstOfDuplicates} from '../../pipeline/graph/duplicates.ts';
import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import type {Estimator} from '../../plan/estimator.ts';
import {formatBytes} from '../../report/format/bytes.ts';

/** Room that is left beside what is expected, since estimates are rough and a run also writes logs and checkpoints. */
const margin = 1.1;

export interface SpaceSetup {
  readonly graph: InstanceGraph;
  readonly loadEstimator: () => Promise<Pick<Estimator, 'cost'>>;
  /** The free space of the store's disk. */
  readonly freeBytes: () => number;
  /** The store, as the user named it. */
  readonly store: string;
  /** Takes a line for the user. */
  readonly tell: (line: string) => void;
}

/**
 * Compares the free space of the store's disk with what a run is expected to write, once its first instance starts: a run
 * with nothing to do asks nothing. A warning, not a refusal: only estimates stand behind it, and without one nothing is said.
 */
export class SpaceWatch {
  readonly #setup: SpaceSetup;
  /** Instances whose results are stored. When the first instance starts, these are all that are known before the run. */
  readonly #stored = new Set<InstanceId>();
  #asked: Promise<void> | undefined;

  constructor(setup: SpaceSetup) {
    this.#setup = setup;
  }

  onEvent(event: RunEvent): void {
    if (this.#asked !== undefined) return;
    if (event.kind === 'hit') this.#stored.add(event.instance);
    // A disk that cannot be asked is the run's to report.
    if (event.kind === 'started') this.#asked = this.#ask().catch(() => undefined);
  }

  /** Ends when the user has been told, if there was something to tell. Never rejects. */
  async close(): Promise<void> {
    await this.#asked;
  }

  async #ask(): Promise<void> {
    const {loadEstimator, freeBytes, store, tell} = this.#setup;
    const {bytes, isLeast} = this.#expected(await loadEstimator());
    if (bytes === 0) return;
    const free = freeBytes();
    if (free >= margin * bytes) return;
    const more = isLeast ? ' or more' : '';
    tell(
      `Warning: the disk of ${store} has ${formatBytes(free)} free, and this run is expected to write ${formatBytes(bytes)}${more}.\n`,
    );
  }

  /** The bytes of all artifacts that are not stored; `isLeast`: of some nothing is known. */
  #expected(estimator: Pick<Estimator, 'cost'>): {bytes: number; isLeast: boolean} {
    const {graph} = this.#setup;
    const firstOf = firstOfDuplicates(graph);
    const sum = {bytes: 0, isLeast: false};
    for (const [id, instance] of graph.instances) {
      // A user's file exists already, and what has the same key is stored once.
      if (instance.file !== undefined || this.#stored.has(id) || firstOf.get(id) !== id) continue;
      const cost = estimator.cost(instance);
      sum.bytes += cost?.bytes ?? 0;
      sum.isLeast ||= cost === undefined;
    }
    return sum;
  }
}
