import type {DeviceRequest} from '../../schedule/device-request.ts';
import type {Acquired, Executor, FoundGpus, Grant} from '../../schedule/executor.ts';
import {processIdentity} from '../../store/claims/process-identity.ts';
import {DevicePool, type Held} from './device-pool.ts';
import type {Devices} from './devices.ts';
import {GpuClaims} from './gpu-claims.ts';
import type {SpawnWorker} from './spawn-worker.ts';
import {startWorker} from './start-worker.ts';

/** The parts of the machine that a run needs. */
export interface LocalSetup {
  readonly devices: Devices;
  /** The process of the run. */
  readonly pid: number;
  /** URL of the program that workers run. */
  readonly workerModule: string;
  readonly spawnWorker: SpawnWorker;
  /** The environment of workers. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
  /** The number of our processes that the system has ended for lack of memory; absent if it does not tell. */
  countOomKills(): number | undefined;
}

/** Computes the instances of a run on this machine, each in a process of its own. */
export class LocalExecutor implements Executor {
  readonly #setup: LocalSetup;
  readonly #pool: DevicePool;
  #claims: GpuClaims | undefined;
  #found: Promise<FoundGpus> | undefined;
  #isOnlyGpu = true;

  constructor(setup: LocalSetup) {
    this.#setup = setup;
    this.#pool = new DevicePool(setup.devices.slots, setup.devices.memoryBytes);
  }

  get areGpusNamed(): boolean {
    return this.#setup.devices.areNamed;
  }

  capacity(kind: DeviceRequest['kind']): number {
    return this.#pool.capacity(kind);
  }

  findGpus(): Promise<FoundGpus> {
    return (this.#found ??= this.#findGpus());
  }

  async #findGpus(): Promise<FoundGpus> {
    const {devices, pid} = this.#setup;
    const {gpus, areSeveral, ...reasons} = await devices.findGpus();
    const {hostFolder} = devices;
    const head = processIdentity(pid);
    this.#claims = hostFolder === undefined ? undefined : new GpuClaims(hostFolder, head, gpus);
    this.#isOnlyGpu = areSeveral !== true;
    this.#pool.addGpus(gpus, this.#claims);
    return {...reasons, gpus: gpus.map(({token}) => token)};
  }

  acquire(request: DeviceRequest): Acquired {
    const acquired = this.#pool.acquire(request);
    switch (acquired.kind) {
      case 'granted':
        return {kind: 'granted', grant: this.#grantOf(acquired.held)};
      case 'short':
        return acquired;
      case 'held':
        return {kind: 'held', by: acquired.by.map((pid) => ({kind: 'process', pid}))};
    }
  }

  #grantOf(held: Held): Grant {
    const {devices, shares, claim} = held;
    const address = shares[0]?.gpu.pciAddress;
    const addresses = shares.flatMap(({gpu}) => gpu.pciAddress ?? []);
    const areSeveral = shares.length > 1 && addresses.length === shares.length;
    return {
      devices,
      hasGpu: shares.length > 0,
      ...(shares[0]?.gpu.isSoftware && {isSoftware: true}),
      ...(shares.length > 0 && {isOnlyGpu: this.#isOnlyGpu}),
      ...(address === undefined ? {} : {gpuAddress: address}),
      ...(areSeveral && {gpuAddresses: addresses}),
      start: (setup) =>
        startWorker(setup, this.#setup, {
          shares,
          // The worker and its program become the holders: they may outlive the run.
          onProcesses: (pids) => {
            if (claim !== undefined)
              this.#claims?.entrust(
                claim,
                pids.map((pid) => processIdentity(pid)),
              );
          },
        }),
      release: () => this.#pool.release(held),
    };
  }
}
