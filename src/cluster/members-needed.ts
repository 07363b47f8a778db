import type {Instance, InstanceId, OutputRef} from '../pipeline/graph/instance.ts';
import {upstreamsOf} from '../pipeline/graph/sub-graph.ts';
import {runsAfter, type Plan} from '../plan/plan-graph.ts';
import type {Cluster, Pool} from './cluster.ts';

/** What is left of a run. */
export interface WorkLeft {
  /** The plan, with what is expected of each instance. */
  readonly plan: Plan;
  readonly isDone: (id: InstanceId) => boolean;
  /** The pools that can compute each instance, in the order of the profile. */
  readonly fits: ReadonlyMap<InstanceId, readonly Pool[]>;
  /** How it stands now, so that only members that can work at once are needed. Absent: the run is to begin. */
  readonly now?: {
    readonly hasFailed: (id: InstanceId) => boolean;
    /** The member that is at work on an instance, and the name of its pool. `undefined`: none is. */
    readonly runsAt: (
      id: InstanceId,
    ) => {readonly member: string; readonly pool: string} | undefined;
  };
}

/**
 * The number of members of each pool with which the rest of a run takes the profile's time, at most as many as the pool
 * may have and as can work at a time. Where a duration is not known, that is the number.
 */
export function membersNeeded(
  cluster: Pick<Cluster, 'pools' | 'wallMs'>,
  left: WorkLeft,
): ReadonlyMap<Pool, number> {
  const needs = poolNeeds(cluster, left);
  return new Map(Array.from(needs, ([pool, {members}]) => [pool, members]));
}

/** What a pool has to compute, and with how many members. */
export interface PoolNeed {
  readonly members: number;
  readonly instances: number;
  /** The time that it takes one member, as far as it is known, in milliseconds. */
  readonly workMs: number;
  /** Number of instances of whose duration nothing is known. */
  readonly unknown: number;
}

/** As `membersNeeded`, with what the pools have to compute. */
export function poolNeeds(
  {pools, wallMs}: Pick<Cluster, 'pools' | 'wallMs'>,
  left: WorkLeft,
): ReadonlyMap<Pool, PoolNeed> {
  const loads = loadsOf(left);
  const needed = pools.flatMap((pool) => {
    const load = loads.get(pool);
    if (load === undefined) return [];
    const {instances, workMs, unknown} = load;
    const useful = left.now === undefined ? usefulEver(load) : usefulNow(load);
    if (useful === undefined) return [];
    const most = Math.min(pool.max, Math.max(1, useful));
    const wanted = unknown === 0 ? Math.max(1, Math.ceil(workMs / wallMs)) : most;
    return [[pool, {instances, workMs, unknown, members: Math.min(wanted, most)}] as const];
  });
  return new Map(needed);
}

/** The largest number of members that can work at the same time. */
function usefulEver({byDepth}: Load): number {
  return membersFor(Math.max(...byDepth.values()));
}

/**
 * The number of members that can work at once. An instance that runs needs no other member than its own, which may have
 * more room than the profile says. `undefined`: nothing can be computed at once.
 */
function usefulNow({byDepth, busy, unbegun}: Load): number | undefined {
  const atOnce = byDepth.get(0);
  if (atOnce === undefined) return undefined;
  return Math.min(membersFor(atOnce), busy.size + membersFor(unbegun));
}

/** The number of members with these shares, of which sums are not exact: 48 times 1/48 is more than 1. */
function membersFor(shares: number): number {
  return Math.ceil(shares - 1e-6);
}

interface Load {
  instances: number;
  /** The time that it takes one member. */
  workMs: number;
  unknown: number;
  /** The members that are busy with the instances of each depth, which can run at the same time. */
  readonly byDepth: Map<number, number>;
  /** The members that are at work on instances that nothing has to precede. */
  readonly busy: Set<string>;
  /** The members that would be busy with such instances on which nobody is at work. */
  unbegun: number;
}

function loadsOf(left: WorkLeft): ReadonlyMap<Pool, Load> {
  const {plan, isDone, fits, now} = left;
  const loads = new Map<Pool, Load>();
  const depths = new Depths();
  /** The instances that have failed, and all that need them. */
  const lost = new Set<InstanceId>();
  for (const [id, {verdict, sameAs, instance, expected}] of plan) {
    // What has the same key is computed once, by the first.
    if (sameAs !== undefined) {
      depths.share(id, sameAs);
      if (lost.has(sameAs)) lost.add(id);
    }
    if (verdict.kind === 'hit' || isDone(id) || sameAs !== undefined) continue;
    if (
      now?.hasFailed(id) ||
      (lost.size > 0 && upstreamsOf(instance).some((one) => lost.has(one)))
    ) {
      lost.add(id);
      continue;
    }
    const depth = depths.add(instance, chainBefore(id, left));
    const fitting = fits.get(id) ?? [];
    const place = now?.runsAt(id);
    const pool = fitting.find(({name}) => name === place?.pool) ?? preferred(instance, fitting);
    if (pool === undefined) continue;
    const load = loads.get(pool) ?? {
      instances: 0,
      workMs: 0,
      unknown: 0,
      byDepth: new Map<number, number>(),
      busy: new Set<string>(),
      unbegun: 0,
    };
    loads.set(pool, load);
    const share = shareOf(instance, pool);
    // A file of the user's takes hardly any time.
    const ms = instance.file === undefined ? expected?.ms : 0;
    load.instances++;
    if (ms === undefined) load.unknown++;
    load.workMs += share * (ms ?? 0);
    load.byDepth.set(depth, (load.byDepth.get(depth) ?? 0) + share);
    if (depth > 0) continue;
    if (place === undefined) load.unbegun += share;
    else load.busy.add(place.member);
  }
  return loads;
}

/** The number of instances that go on from each other and have to be computed before one goes on from the last. */
function chainBefore(id: InstanceId, {plan, isDone, now}: WorkLeft): number {
  const isLeft = (one: InstanceId): boolean => !isDone(one) && now?.hasFailed(one) !== true;
  let count = 0;
  let first = runsAfter(plan.get(id)!);
  for (; first !== undefined && isLeft(first); first = runsAfter(plan.get(first)!)) count++;
  return count;
}

/** The number of instances in a row that have to be computed before each that is left. */
class Depths {
  readonly #depths = new Map<InstanceId, number>();
  /** Instances with the same inputs share the list. */
  readonly #lists = new Map<readonly OutputRef[], number>();

  /** @param before the number of those with the same inputs that it waits for */
  add({id, inputs}: Instance, before: number): number {
    const depth = before + Math.max(0, ...Object.values(inputs).map((refs) => this.#after(refs)));
    this.#depths.set(id, depth);
    return depth;
  }

  /** Takes an instance whose result another one makes. */
  share(id: InstanceId, maker: InstanceId): void {
    const depth = this.#depths.get(maker);
    if (depth !== undefined) this.#depths.set(id, depth);
  }

  #after(refs: readonly OutputRef[]): number {
    let after = this.#lists.get(refs);
    if (after === undefined) {
      after = 0;
      for (const {instance} of refs)
        after = Math.max(after, (this.#depths.get(instance) ?? -1) + 1);
      this.#lists.set(refs, after);
    }
    return after;
  }
}

/** What needs no GPU goes where there are none, if that is possible. */
function preferred({resources}: Instance, pools: readonly Pool[]): Pool | undefined {
  const {gpu, device} = resources;
  const isForCpus = gpu === undefined && device === undefined;
  return (isForCpus ? pools.find(({gpus}) => gpus === 0) : undefined) ?? pools[0];
}

/** The share of a member that an instance takes: 0.25 if four such instances fit into it. */
function shareOf({resources}: Instance, pool: Pool): number {
  const {gpu, device, cpus = 1, memoryBytes = 0} = resources;
  const onGpus = gpu ?? (pool.gpus > 0 ? device : undefined);
  const ofDevices =
    onGpus === undefined ? Math.max(device ?? 1, cpus) / (pool.cpus ?? 1) : onGpus / pool.gpus;
  const ofMemory = memoryBytes / (pool.memoryBytes ?? Number.POSITIVE_INFINITY);
  return Math.min(Math.max(ofDevices, ofMemory), 1);
}
