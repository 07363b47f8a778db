import type {Resources} from '../pipeline/graph/instance.ts';

/** The name of a device in events: `cpu:0`, `gpu:1`, `gpu:GPU-8f6c…`. */
export type DeviceToken = string;

/** The name of a CPU slot. */
export function slotToken(slot: number): DeviceToken {
  return `cpu:${slot}`;
}

/** The names of the first CPU slots. */
export function slotTokens(count: number): readonly DeviceToken[] {
  return Array.from({length: count}, (_, slot) => slotToken(slot));
}

/** Whether an instance's devices depend on the GPUs of the machine. */
export function asksForDevice({device, gpu}: Resources): boolean {
  return device !== undefined || gpu !== undefined;
}

/** An amount of one kind of device, and the memory that is used meanwhile. */
export interface DeviceRequest {
  readonly kind: 'cpu' | 'gpu';
  readonly amount: number;
  /** Absent: not known, and none is kept. */
  readonly memoryBytes?: number;
}

/** The number of devices of each kind, and the memory. */
export interface Machine {
  readonly slots: number;
  readonly gpus: number;
  /** Absent: it is not looked at. */
  readonly memoryBytes?: number;
}

/**
 * The request of an instance of these devices. An instance on a GPU takes no CPU slot. `cpus` is a wish: of fewer slots it
 * takes all.
 */
export function requestOf(
  {device, gpu, cpus = 1, memoryBytes}: Resources,
  {slots, gpus}: Machine,
): DeviceRequest {
  const memory = memoryBytes === undefined ? {} : {memoryBytes};
  const ofGpus = gpu ?? (gpus > 0 ? device : undefined);
  if (ofGpus !== undefined) return {kind: 'gpu', amount: ofGpus, ...memory};
  return {kind: 'cpu', amount: Math.max(device ?? 1, Math.min(cpus, slots)), ...memory};
}

/** The kind of device of which a request exceeds the capacity; `undefined` if none. */
export function findShortage(
  resources: Resources,
  has: Machine,
): {readonly wanted: string; readonly available: string} | undefined {
  const {kind, amount} = requestOf(resources, has);
  const there = kind === 'gpu' ? has.gpus : has.slots;
  if (amount <= there) return undefined;
  const unit = kind === 'gpu' ? 'GPU' : 'CPU slot';
  const plural = (count: number): string => (count > 1 ? `${unit}s` : unit);
  return {
    wanted: `${amount} ${plural(amount)}`,
    available: there === 0 ? `no ${unit} can be used` : `${there} can be used`,
  };
}
