import type {InstanceId} from '../pipeline/graph/instance.ts';
import {upstreamsOf} from '../pipeline/graph/sub-graph.ts';
import type {Plan} from '../plan/plan-graph.ts';
import {requestOf} from './device-request.ts';

/** The number of devices of each kind. */
export interface Machine {
  readonly slots: number;
  readonly gpus: number;
}

/** The duration of a plan, if every instance that may run does, and takes as long as the last time. */
export interface Estimate {
  /** Working time of all instances together. */
  readonly workMs: number;
  /**
   * Time until the last instance has finished: at least the longest chain, and the total work for each kind of device.
   */
  readonly waitMs: number;
  /** Number of instances to run whose duration is not known; they are not counted. */
  readonly unknown: number;
}

/** Estimates a plan on a machine. */
export function estimate(plan: Plan, machine: Machine): Estimate {
  let unknown = 0;
  let workMs = 0;
  let chainMs = 0;
  const busyMs = {cpu: 0, gpu: 0};
  const endMs = new Map<InstanceId, number>();
  for (const [id, {instance, verdict, sameAs, expectedMs}] of plan) {
    if (sameAs !== undefined) {
      endMs.set(id, endMs.get(sameAs)!);
      continue;
    }
    let startMs = 0;
    for (const upstream of upstreamsOf(instance)) {
      startMs = Math.max(startMs, endMs.get(upstream)!);
    }
    const ownMs = verdict.kind === 'hit' ? 0 : (expectedMs ?? 0);
    if (verdict.kind !== 'hit' && expectedMs === undefined) unknown++;
    const {kind, amount} = requestOf(instance.resources, machine.gpus);
    workMs += ownMs;
    busyMs[kind] += ownMs * amount;
    endMs.set(id, startMs + ownMs);
    chainMs = Math.max(chainMs, startMs + ownMs);
  }
  const cpuMs = busyMs.cpu / machine.slots;
  const gpuMs = machine.gpus === 0 ? busyMs.gpu : busyMs.gpu / machine.gpus;
  return {workMs, waitMs: Math.max(chainMs, cpuMs, gpuMs), unknown};
}
