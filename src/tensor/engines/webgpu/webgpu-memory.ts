/** A buffer of a WebGPU device. */
export interface WebGpuMemory {
  /** Different for any two memories of a device, also if one was freed. */
  readonly id: number;
  /** The buffer that the device has granted, unless that is still waited for. */
  buffer: GPUBuffer;
  readonly bytes: number;
  /** The newest chunk of commands that uses it. */
  chunk: number;
  /** The number of things in the backlog that concern it. */
  waiting: number;
}

/** Flags of `GPUBufferUsage`. */
export const usage = {
  mapRead: 1,
  copySource: 4,
  copyTarget: 8,
  storage: 128,
  queries: 512,
} as const;
