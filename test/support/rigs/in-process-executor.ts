import type {Registry} from '../../../src/contract/registry.ts';
import {slotToken, type DeviceRequest} from '../../../src/schedule/device-request.ts';
import type {
  Acquired,
  Executor,
  FoundGpus,
  JobSetup,
  Worker,
} from '../../../src/schedule/executor.ts';
import type {FailpointHook} from '../../../src/store/failpoint.ts';
import {workHere} from './work-here.ts';

/** Does jobs in this process, with these stage types. */
export class InProcessExecutor implements Executor {
  readonly areGpusNamed = false;
  readonly #slots: number;
  readonly #registry: Registry;
  readonly #failpoint: FailpointHook;
  readonly #onStart: (setup: JobSetup) => void;
  readonly #free: Set<number>;

  constructor(
    slots: number,
    registry: Registry,
    failpoint: FailpointHook = () => undefined,
    onStart: (setup: JobSetup) => void = () => undefined,
  ) {
    this.#onStart = onStart;
    this.#slots = slots;
    this.#registry = registry;
    this.#failpoint = failpoint;
    this.#free = new Set(Array(slots).keys());
  }

  capacity(kind: DeviceRequest['kind']): number {
    return kind === 'cpu' ? this.#slots : 0;
  }

  findGpus(): Promise<FoundGpus> {
    return Promise.resolve({gpus: [], why: [], isOdd: false});
  }

  acquire({kind, amount}: DeviceRequest): Acquired {
    if (kind === 'gpu' || this.#free.size < amount) return {kind: 'short', of: 'devices'};
    const slots = [...this.#free].sort((a, b) => a - b).slice(0, amount);
    for (const slot of slots) this.#free.delete(slot);
    return {
      kind: 'granted',
      grant: {
        devices: slots.map(slotToken),
        hasGpu: false,
        start: (setup) => Promise.resolve(this.#start(setup)),
        release: () => slots.forEach((slot) => this.#free.add(slot)),
      },
    };
  }

  #start(setup: JobSetup): Worker {
    this.#onStart(setup);
    const worker = workHere(setup, this.#registry, this.#failpoint);
    return {...worker, explain: () => Promise.resolve(undefined)};
  }
}
