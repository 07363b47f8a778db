/** A GPU that may be used. */
export interface Gpu {
  /**
   * The GPU's name: of NVIDIA's, that in `CUDA_VISIBLE_DEVICES`, an index or a UUID that begins with `GPU-` or `MIG-`; of
   * others, the PCI address.
   */
  readonly token: string;
  /**
   * The name by which runs identify it: its UUID if that is known, otherwise the token; in a Slurm job, after the job's
   * name.
   */
  readonly identity: string;
  readonly name?: string;
  readonly memoryMiB?: number;
  /** Such as `0000:c1:00.0`. Absent: unknown, or a part of a GPU. */
  readonly pciAddress?: string;
  /** Whether it is no GPU, but software that does what one would, for tests. */
  readonly isSoftware?: true;
}

/** A GPU, or a part of one, that a process holds. */
export interface Share {
  readonly gpu: Gpu;
  /** 1: the whole GPU. */
  readonly amount: number;
}

/** The amount of each GPU, by its identity, that others hold. */
export type Taken = ReadonlyMap<string, number>;
