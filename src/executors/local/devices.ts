import type {Gpu} from './gpu.ts';
import type {Allocation} from './allocation.ts';
import type {HostFolder} from './host-folder.ts';

/** The GPUs that may be used, and the reasons. */
export interface Gpus {
  readonly gpus: readonly Gpu[];
  /** Whether the machine has several GPUs, whichever may be used. Absent: as far as is known, it has not. */
  readonly areSeveral?: true;
  /** The source of the list. */
  readonly source: '--devices' | 'CUDA_VISIBLE_DEVICES' | 'nvidia-smi' | 'sysfs' | 'none';
  /** The reasons, one sentence each. */
  readonly why: readonly string[];
  /** Whether the result may surprise a user. */
  readonly isOdd: boolean;
  /** The missing GPUs that the user asked for: nothing should run. */
  readonly fault?: string;
}

/** The devices that a run may use. */
export interface Devices {
  /** Number of instances without a GPU that run at a time. */
  readonly slots: number;
  /** Whether the user has named the GPUs. */
  readonly areNamed: boolean;
  /** The reason for the number of slots, as a sentence. */
  readonly whySlots: string;
  /** The memory of the machine, or of the Slurm job. Absent: it is not looked at. */
  readonly memoryBytes?: number;
  /** Finds the GPUs. Never rejects. */
  readonly findGpus: () => Promise<Gpus>;
  /** The folder in which runs of this machine claim GPUs. Absent: there are no other runs. */
  readonly hostFolder?: HostFolder;
}

/** The user's wishes about this machine. */
export interface DeviceWishes {
  readonly cores: number;
  readonly memoryBytes?: number;
  /** The Slurm job that the run is in. */
  readonly allocation?: Allocation;
  /** CPU slots. Absent: one for each core. */
  readonly slots?: number;
  readonly hostFolder?: HostFolder;
  readonly areNamed?: boolean;
  readonly findGpus?: () => Promise<Gpus>;
}

const noGpus: Gpus = {gpus: [], source: 'none', why: [], isOdd: false};

/** The devices of this machine. GPUs are discovered on demand. */
export function devicesOf(wishes: DeviceWishes): Devices {
  const {cores, slots = cores, memoryBytes, hostFolder, areNamed = false, findGpus} = wishes;
  const {job, cpus} = wishes.allocation ?? {};
  const given =
    cpus === cores ? `Slurm gave ${cpus} to job ${job}` : `this machine has ${cores} cores`;
  const because = wishes.slots === undefined ? given : 'as asked for';
  return {
    slots,
    areNamed,
    whySlots: `${slots} CPU slots: ${because}.`,
    findGpus: findGpus ?? (() => Promise.resolve(noGpus)),
    ...(memoryBytes === undefined ? {} : {memoryBytes}),
    ...(hostFolder === undefined ? {} : {hostFolder}),
  };
}
