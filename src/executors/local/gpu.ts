/** A GPU that may be used. */
export interface Gpu {
  /** What `CUDA_VISIBLE_DEVICES` takes: an index, or a UUID that begins with `GPU-` or `MIG-`. */
  readonly token: string;
  /** What runs tell it by: its UUID where that is known, otherwise the token. */
  readonly identity: string;
  readonly name?: string;
  readonly memoryMiB?: number;
}

/** A GPU, or a part of one, that somebody holds. */
export interface Share {
  readonly gpu: Gpu;
  /** 1: all of it. */
  readonly amount: number;
}

/** How much of each GPU, by its identity, others hold. */
export type Taken = ReadonlyMap<string, number>;
