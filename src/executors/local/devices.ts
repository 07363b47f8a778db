import type {Gpu} from './gpu.ts';
import type {HostFolder} from './host-folder.ts';

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
