import type {Resources} from '../pipeline/instance.ts';

/** A device that one instance at a time may use: `cpu:0`, … */
export type DeviceToken = string;

/** What there is to run on, and why the tokens are these. */
export interface Devices {
  readonly tokens: readonly DeviceToken[];
  readonly gpus: readonly DeviceToken[];
  /** A sentence each. */
  readonly why: readonly string[];
}

/**
 * Finds the devices of this machine. Today those are CPU slots: as many as there are cores, or as were asked for.
 */
export function discoverDevices(machine: {
  readonly cores: number;
  /** What the user asked for. Absent: a slot for every core. */
  readonly slots?: number;
}): Devices {
  const {cores, slots = cores} = machine;
  const because = machine.slots === undefined ? `this machine has ${cores} cores` : 'as asked for';
  return {
    tokens: Array.from({length: slots}, (_, index) => `cpu:${index}`),
    gpus: [],
    why: [`${slots} CPU slots: ${because}.`],
  };
}

/** What an instance asks for that these devices can never give, as a sentence; `undefined`: nothing. */
export function findShortage(resources: Resources, devices: Devices): string | undefined {
  const {gpu = 0, device = 1} = resources;
  if (gpu > devices.gpus.length) {
    return `It asks for ${gpu} GPU, and ${devices.gpus.length || 'none'} can be used.`;
  }
  if (device > devices.tokens.length) {
    return `It asks for ${device} devices, and there are ${devices.tokens.length}.`;
  }
  return undefined;
}

/** The devices of a run. An instance takes all it asks for at once, or nothing. */
export class DevicePool {
  readonly #free: DeviceToken[];

  constructor(devices: Devices) {
    this.#free = [...devices.tokens];
  }

  /** Whether not a single device is left. */
  get exhausted(): boolean {
    return this.#free.length === 0;
  }

  /** Takes what an instance asks for; `undefined`: there is not enough left now. */
  acquire(resources: Resources): readonly DeviceToken[] | undefined {
    const count = resources.device ?? 1;
    return this.#free.length < count ? undefined : this.#free.splice(0, count);
  }

  release(tokens: readonly DeviceToken[]): void {
    this.#free.push(...tokens);
    this.#free.sort();
  }
}
