import type {Resources} from '../pipeline/graph/instance.ts';

/** The name of a device in events: `cpu:0`, `gpu:1`, `gpu:GPU-8f6c…`. */
export type DeviceToken = string;

/** The name of a CPU slot. */
export function slotToken(slot: number): DeviceToken {
  return `cpu:${slot}`;
}

/** Whether an instance's devices depend on the GPUs of the machine. */
export function asksForDevice({device, gpu}: Resources): boolean {
  return device !== undefined || gpu !== undefined;
}

/** An amount of one kind of device. */
export interface DeviceRequest {
  readonly kind: 'cpu' | 'gpu';
  readonly amount: number;
}

/** The request of an instance, given the number of GPUs. An instance on a GPU takes no CPU slot. */
export function requestOf({device, gpu}: Resources, gpus: number): DeviceRequest {
  if (gpu !== undefined) return {kind: 'gpu', amount: gpu};
  return {kind: device !== undefined && gpus > 0 ? 'gpu' : 'cpu', amount: device ?? 1};
}

/** The kind of device of which a request exceeds the capacity; `undefined` if none. */
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
