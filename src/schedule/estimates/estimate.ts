import type {InstanceGraph, InstanceId} from '../../pipeline/graph/instance.ts';
import {runsAfter, type Plan, type Planned} from '../../plan/plan-graph.ts';
import {requestOf, type DeviceRequest, type Machine} from '../device-request.ts';
import {Frontier} from '../frontier.ts';

/**
 * The duration of a plan, if every instance that may run does, and takes as long as is expected. Those of which nothing is known take no
 * time.
 */
export interface Estimate {
  /** Working time of all instances together. */
  readonly workMs: number;
  /** Time until the last instance has finished. */
  readonly waitMs: number;
}

/** Estimates a plan on a machine: goes through the run that would follow. */
export function estimate(graph: InstanceGraph, plan: Plan, machine: Machine): Estimate {
  return new Rehearsal(graph, plan, machine).estimate();
}

interface Running {
  readonly id: InstanceId;
  readonly endMs: number;
  readonly request: DeviceRequest;
}

/** A run in which time passes at once. Instances start in the order in which they become ready. */
class Rehearsal {
  readonly #plan: Plan;
  readonly #machine: Machine;
  readonly #frontier: Frontier;
  readonly #free: Record<DeviceRequest['kind'], number>;
  #usedBytes = 0;
  readonly #waiting: Readonly<Record<DeviceRequest['kind'], Planned[]>> = {cpu: [], gpu: []};
  readonly #running = new Map<InstanceId, Running>();
  /** Instances that share the result of one that is not done, by its name. */
  readonly #sharers = new Map<InstanceId, InstanceId[]>();
  #nowMs = 0;
  #workMs = 0;

  constructor(graph: InstanceGraph, plan: Plan, machine: Machine) {
    this.#plan = plan;
    this.#machine = machine;
    this.#free = {cpu: machine.slots, gpu: Math.max(machine.gpus, 1)};
    this.#frontier = new Frontier(graph);
  }

  estimate(): Estimate {
    do {
      for (let next = this.#frontier.take(); next !== undefined; next = this.#frontier.take()) {
        this.#consider(this.#plan.get(next.id)!);
      }
      this.#startAll('cpu');
      this.#startAll('gpu');
    } while (this.#endNext());
    return {workMs: this.#workMs, waitMs: this.#nowMs};
  }

  #consider(planned: Planned): void {
    const {instance, verdict, sameAs} = planned;
    if (verdict.kind === 'hit') return this.#complete(instance.id);
    if (sameAs !== undefined) {
      if (this.#frontier.status(sameAs) === 'done') this.#complete(instance.id);
      else this.#share(sameAs, instance.id);
      return;
    }
    const waiting = this.#waiting[requestOf(instance.resources, this.#machine).kind];
    const first = runsAfter(planned);
    if (first === undefined) waiting.push(planned);
    else if (this.#frontier.isAwaited(first)) this.#frontier.putBehind(instance.id, first);
    // It goes before the others: those that go on from its result make its chain the longest.
    else waiting.unshift(planned);
  }

  #share(first: InstanceId, sharer: InstanceId): void {
    const sharers = this.#sharers.get(first);
    if (sharers === undefined) this.#sharers.set(first, [sharer]);
    else sharers.push(sharer);
  }

  #startAll(kind: DeviceRequest['kind']): void {
    const waiting = this.#waiting[kind];
    let started = 0;
    for (const planned of waiting) {
      const request = requestOf(planned.instance.resources, this.#machine);
      if (!this.#hasRoom(request)) break;
      const isAlone = kind === 'cpu' && this.#running.size === 0 && this.#isLast(started);
      this.#start(planned, request, isAlone);
      started++;
    }
    waiting.splice(0, started);
  }

  /** Whether a request can be granted. What asks for more devices than there are would not run at all. */
  #hasRoom({kind, amount, memoryBytes = 0}: DeviceRequest): boolean {
    const {memoryBytes: all = Number.POSITIVE_INFINITY} = this.#machine;
    if (amount > this.#free[kind] && this.#running.size > 0) return false;
    return memoryBytes === 0 || this.#usedBytes === 0 || this.#usedBytes + memoryBytes <= all;
  }

  /** Whether nothing else waits. @param started number of instances that have started and are not removed yet */
  #isLast(started: number): boolean {
    return this.#waiting.cpu.length === started + 1 && this.#waiting.gpu.length === 0;
  }

  #start({instance: {id}, expected}: Planned, request: DeviceRequest, isAlone: boolean): void {
    const ms = (isAlone ? expected?.aloneMs : expected?.ms) ?? 0;
    this.#workMs += expected?.ms ?? 0;
    this.#free[request.kind] -= request.amount;
    this.#usedBytes += request.memoryBytes ?? 0;
    this.#running.set(id, {id, endMs: this.#nowMs + ms, request});
  }

  /** Lets time pass until an instance ends. Returns whether one was running. */
  #endNext(): boolean {
    let next: Running | undefined;
    for (const one of this.#running.values()) {
      if (next === undefined || one.endMs < next.endMs) next = one;
    }
    if (next === undefined) return false;
    this.#nowMs = next.endMs;
    this.#free[next.request.kind] += next.request.amount;
    this.#usedBytes -= next.request.memoryBytes ?? 0;
    this.#running.delete(next.id);
    this.#complete(next.id);
    return true;
  }

  #complete(id: InstanceId): void {
    this.#frontier.complete(id);
    for (const sharer of this.#sharers.get(id) ?? []) this.#complete(sharer);
    this.#sharers.delete(id);
  }
}
