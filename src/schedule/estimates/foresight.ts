import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Attempt} from '../attempt.ts';
import type {Dispatcher} from '../dispatcher.ts';
import type {Forecast} from './forecast.ts';
import type {ExecutionSetup} from '../run-setup.ts';

interface Given {
  readonly setup: Pick<ExecutionSetup, 'emit' | 'flush' | 'loadEstimator'>;
  readonly forecast: Forecast;
  readonly dispatcher: Dispatcher;
  readonly running: ReadonlyMap<InstanceId, Attempt>;
}

/** Tells how long a run will take, and loads what estimates it when the first instance starts. */
export class Foresight {
  readonly #given: Given;
  #isLoading = false;
  #isClosed = false;

  constructor(given: Given) {
    this.#given = given;
  }

  /** Emits the remaining time. */
  tell(): void {
    const {setup, forecast, dispatcher, running} = this.#given;
    const nowMs = performance.now();
    const open = [...running].map(([id, {startMs, expectedMs}]) => {
      return {id, elapsedMs: nowMs - startMs, expectedMs};
    });
    setup.emit({kind: 'forecast', ...forecast.remaining({slots: dispatcher.places, open})});
  }

  /** Loads the estimator, once, and tells what changes by it. A run goes on without an estimator that does not load. */
  async load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const {setup, forecast, dispatcher} = this.#given;
    const estimator = await setup.loadEstimator?.().catch(() => undefined);
    if (estimator === undefined || this.#isClosed) return;
    forecast.inform(estimator);
    dispatcher.reorder();
    this.tell();
    setup.flush();
  }

  /** Tells nothing more. */
  close(): void {
    this.#isClosed = true;
  }
}
