import type {Resources} from '../pipeline/graph/instance.ts';

/** A device as events name it: `cpu:0`, `gpu:1`, `gpu:GPU-8f6c…`. */
export type DeviceToken = string;

/** The name of a CPU slot. */
export function slotToken(slot: number): DeviceToken {
  return `cpu:${slot}`;
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
