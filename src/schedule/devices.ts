import type {Resources} from '../pipeline/instance.ts';
import type {Gpu} from './gpu.ts';
import type {HostFolder} from './host-folder.ts';

/** A device as events name it: `cpu:0`, `gpu:1`, `gpu:GPU-8f6c…`. */
export type DeviceToken = string;

/** The GPUs that may be used, and why it is these. */
export interface Gpus {
  readonly gpus: readonly Gpu[];
  /** What they are taken from. */
  readonly source: '--devices' | 'CUDA_VISIBLE_DEVICES' | 'nvidia-smi' | 'none';
  /** A sentence each. */
  readonly why: readonly string[];
  /** Something is not as a user would expect. */
  readonly isOdd: boolean;
  /** What was asked for and is not there: nothing should run. */
  readonly fault?: string;
}

/** What a run may use. */
export interface Devices {
  /** Instances without a GPU that run at a time. */
  readonly slots: number;
  /** The user has named the GPUs. */
  readonly areNamed: boolean;
  /** Why it is so many, as a sentence. */
  readonly whySlots: string;
  /** Finds the GPUs, once: what needs none does not wait for it. Never rejects. */
  readonly findGpus: () => Promise<Gpus>;
  /** Where runs of this machine keep from each other what they hold. Absent: there are no other runs. */
  readonly hostFolder?: HostFolder;
}

/** What a user wants of this machine. */
export interface DeviceWishes {
  readonly cores: number;
  /** CPU slots. Absent: one a core. */
  readonly slots?: number;
  readonly hostFolder?: HostFolder;
  readonly areNamed?: boolean;
  readonly findGpus?: () => Promise<Gpus>;
}

const noGpus: Gpus = {gpus: [], source: 'none', why: [], isOdd: false};

/** The devices of this machine. GPUs are looked for when somebody asks. */
export function devicesOf(wishes: DeviceWishes): Devices {
  const {cores, slots = cores, hostFolder, areNamed = false, findGpus} = wishes;
  const because = wishes.slots === undefined ? `this machine has ${cores} cores` : 'as asked for';
  let found: Promise<Gpus> | undefined;
  return {
    slots,
    areNamed,
    whySlots: `${slots} CPU slots: ${because}.`,
    findGpus: () => (found ??= findGpus === undefined ? Promise.resolve(noGpus) : findGpus()),
    ...(hostFolder === undefined ? {} : {hostFolder}),
  };
}

/** Whether it depends on the GPUs that there are what the instance gets. */
export function asksForDevice({device, gpu}: Resources): boolean {
  return device !== undefined || gpu !== undefined;
}

/** So much of one of two kinds of devices. */
export interface DeviceRequest {
  readonly kind: 'cpu' | 'gpu';
  readonly amount: number;
}

/** What resources mean on a machine with so many GPUs. What runs on a GPU takes no CPU slot. */
export function requestOf({device, gpu}: Resources, gpus: number): DeviceRequest {
  if (gpu !== undefined) return {kind: 'gpu', amount: gpu};
  return {kind: device !== undefined && gpus > 0 ? 'gpu' : 'cpu', amount: device ?? 1};
}

/** What is asked for that these devices can never give; `undefined`: nothing. */
export function findShortage(
  resources: Resources,
  has: {readonly slots: number; readonly gpus: number},
): {readonly wanted: string; readonly available: string} | undefined {
  const {kind, amount} = requestOf(resources, has.gpus);
  const there = kind === 'gpu' ? has.gpus : has.slots;
  if (amount <= there) return undefined;
  const unit = kind === 'gpu' ? 'GPU' : 'CPU slot';
  const plural = (count: number): string => (count > 1 ? `${unit}s` : unit);
  return {
    wanted: `${amount} ${plural(amount)}`,
    available: there === 0 ? `no ${unit} can be used` : `${there} can be used`,
  };
}
