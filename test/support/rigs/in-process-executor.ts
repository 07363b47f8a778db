import {appendFileSync} from 'node:fs';
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
import {isNews} from '../../../src/worker/protocol.ts';
import {performJob} from '../../../src/worker/perform-job.ts';

/**
 * Does jobs in this process, with these stage types: fast, and equal to real workers except for the process. A worker
 * cannot be killed: `kill` is `stop`.
 */
export class InProcessExecutor implements Executor {
  readonly #slots: number;
  readonly #registry: Registry;
  readonly #failpoint: FailpointHook;
  readonly #free: Set<number>;

  constructor(slots: number, registry: Registry, failpoint: FailpointHook = () => undefined) {
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
    if (kind === 'gpu' || this.#free.size < amount) return {kind: 'short'};
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

  #start({job, logFile, onMessage}: JobSetup): Worker {
    const stopping = new AbortController();
    const stop = (): void => stopping.abort();
    const outcome = performJob(job, {
      registry: this.#registry,
      pid: process.pid,
      nodeVersion: process.version,
      environment: process.env,
      stopping: stopping.signal,
      failpoint: this.#failpoint,
      send: (message) => {
        if (isNews(message)) onMessage(message);
      },
      log: (line) => appendFileSync(logFile, `${line}\n`),
      attend: (code) => code(),
      endRest: () => Promise.resolve(),
    });
    return {outcome, stop, kill: stop, explain: () => Promise.resolve(undefined)};
  }
}
