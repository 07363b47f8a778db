import type {InstanceId} from '../pipeline/instance.ts';
import {upstreamsOf} from '../pipeline/sub-graph.ts';
import type {Plan} from './plan-graph.ts';

/** How long a plan would take, if everything in it that may run does, and takes as long as the last time. */
export interface Estimate {
  /** Working time of all instances together. */
  readonly workMs: number;
  /** Time until the last has finished. */
  readonly waitMs: number;
  /** Instances to run of which nothing is known; they are not counted. */
  readonly unknown: number;
}

/** Estimates a plan on so many slots, of which each instance takes one. */
export function estimate(plan: Plan, slots: number): Estimate {
  let workMs = 0;
  let unknown = 0;
  let chainMs = 0;
  const endMs = new Map<InstanceId, number>();
  for (const [id, {instance, verdict, sameAs, expectedMs}] of plan) {
    if (sameAs !== undefined) {
      endMs.set(id, endMs.get(sameAs)!);
      continue;
    }
    const startMs = Math.max(0, ...upstreamsOf(instance).map((upstream) => endMs.get(upstream)!));
    const ownMs = verdict.kind === 'hit' ? 0 : (expectedMs ?? 0);
    if (verdict.kind !== 'hit' && expectedMs === undefined) unknown++;
    workMs += ownMs;
    endMs.set(id, startMs + ownMs);
    chainMs = Math.max(chainMs, startMs + ownMs);
  }
  return {workMs, waitMs: Math.max(workMs / slots, chainMs), unknown};
}
