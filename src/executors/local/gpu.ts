/** A GPU that may be used. */
export interface Gpu {
  /** The GPU's name in `CUDA_VISIBLE_DEVICES`: an index, or a UUID that begins with `GPU-` or `MIG-`. */
  readonly token: string;
  /** The name by which runs identify it: its UUID if that is known, otherwise the token. */
  readonly identity: string;
  readonly name?: string;
  readonly memoryMiB?: number;
}

/** A GPU, or a part of one, that a process holds. */
export interface Share {
  readonly gpu: Gpu;
  /** 1: the whole GPU. */
  readonly amount: number;
}

/** The amount of each GPU, by its identity, that others hold. */
export type Taken = ReadonlyMap<string, number>;
