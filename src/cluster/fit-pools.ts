import {DiagnosticLog, type Diagnostic} from '../diagnostics/diagnostic.ts';
import {argumentSpan} from '../diagnostics/span.ts';
import {demandOf} from '../pipeline/graph/demand.ts';
import type {Instance, InstanceGraph, InstanceId} from '../pipeline/graph/instance.ts';
import {showMemory} from '../base/parse-memory.ts';
import {showTime} from '../pipeline/source/parse-time.ts';
import type {Cluster, Pool} from './cluster.ts';

/** The pools that can compute the instances of a pipeline. */
export interface FittedPools {
  /** The pools of each instance, in the order of the profile. An instance that no pool can compute has none. */
  readonly fits: ReadonlyMap<InstanceId, readonly Pool[]>;
  /** The mistakes of `resources` that no pool can give. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds the pools of a cluster that can give each instance what it asks for. What a pool leaves open counts as enough.
 * @param stopBeforeMs the time from the moment that a member stops to the end of its allocation
 */
export function fitPools(
  {instances}: Pick<InstanceGraph, 'instances'>,
  {name, pools}: Pick<Cluster, 'name' | 'pools'>,
  stopBeforeMs: number,
): FittedPools {
  const cluster = {name, pools, lostMs: stopBeforeMs + startMs};
  const fits = new Map<InstanceId, readonly Pool[]>();
  // The instances of a stage ask for the same, as a rule.
  const known = new Map<string, readonly Pool[]>();
  const unfit = new Map<string, Instance[]>();
  for (const instance of instances.values()) {
    const asked = JSON.stringify(instance.resources);
    const fitting = known.get(asked) ?? pools.filter((pool) => isFit(instance, pool, cluster));
    known.set(asked, fitting);
    fits.set(instance.id, fitting);
    if (fitting.length > 0) continue;
    const group = `${instance.stage} ${asked}`;
    unfit.set(group, [...(unfit.get(group) ?? []), instance]);
  }
  const log = new DiagnosticLog();
  for (const [about, those] of unfit) report(those, cluster, {log, about});
  return {fits, diagnostics: log.sorted()};
}

/** The time that a member takes at most, as a rule, from the start of its allocation to its first instance. */
const startMs = 60_000;

/** One thing that an instance asks for, and what a pool gives of it. */
interface Ask {
  readonly wanted: number;
  /** `undefined`: it is left to the cluster. */
  readonly given: (pool: Pool) => number | undefined;
  /** An amount in words: `2 GPUs`. */
  readonly show: (amount: number) => string;
  /** The reason why a pool gives less than its profile says; it follows the amount. */
  readonly why?: string;
}

/** @param lostMs the part of the time of an allocation in which no instance runs */
function asksOf({resources}: Pick<Instance, 'resources'>, lostMs: number): readonly Ask[] {
  const {gpu, device, cpus, memoryBytes, timeMs} = resources;
  const asks: readonly (Omit<Ask, 'wanted'> & {readonly wanted: number | undefined})[] = [
    {wanted: gpu, given: ({gpus}) => gpus, show: (amount) => counted(amount, 'GPU')},
    {
      wanted: device,
      given: ({gpus, cpus: all}) => (gpus > 0 ? gpus : all),
      show: (amount) => counted(amount, 'device'),
    },
    {wanted: cpus, given: ({cpus: all}) => all, show: (amount) => counted(amount, 'CPU')},
    {wanted: memoryBytes, given: (pool) => pool.memoryBytes, show: memoryText},
    {
      wanted: timeMs,
      given: ({timeMs: limit}) => limit && Math.max(0, limit - lostMs),
      show: timeText,
      why: `: of its limit a member needs ${showTime(lostMs)} to start and to stop`,
    },
  ];
  return asks.flatMap(({wanted, ...rest}) => (wanted === undefined ? [] : [{wanted, ...rest}]));
}

interface Fitted extends Pick<Cluster, 'name' | 'pools'> {
  readonly lostMs: number;
}

function isFit(instance: Instance, pool: Pool, cluster: Fitted): boolean {
  return (
    pool.takes.includes(demandOf(instance.resources)) &&
    missingOf(instance, pool, cluster).length === 0
  );
}

/** The asks of an instance that a pool does not meet. */
function missingOf(instance: Instance, pool: Pool, {lostMs}: Fitted): readonly Ask[] {
  return asksOf(instance, lostMs).filter(({wanted, given}) => (given(pool) ?? wanted) < wanted);
}

function report(
  those: readonly Instance[],
  cluster: Fitted,
  {log, about}: {readonly log: DiagnosticLog; readonly about: string},
): void {
  const {name, pools, lostMs} = cluster;
  const [first] = those as readonly [Instance];
  const who =
    those.length === 1 ? first.id : `Each of the ${those.length} instances of ${first.stage}`;
  const demand = demandOf(first.resources);
  const taking = pools.filter(({takes}) => takes.includes(demand));
  const span = first.resourcesAt ?? argumentSpan(first.id);
  const wanted = asksOf(first, lostMs).map(({wanted: amount, show}) => show(amount));
  const asked = wanted.length === 0 ? 'a CPU' : sentenceList(wanted);
  const message =
    taking.length === 0
      ? `${who} asks for ${asked}, and no pool of ${name} takes \`${demand}\`.`
      : `${who} asks for ${asked}, and no pool of ${name} gives ${taking.length === 1 ? 'that' : 'all of it'}.`;
  const notes = taking.map((pool) => ({message: giftOf(first, pool, cluster)}));
  log.error('unmet-resources', span, message, {notes, about});
}

/** The amounts that a pool gives where an instance asks for more. */
function giftOf(instance: Instance, pool: Pool, cluster: Fitted): string {
  const missing = missingOf(instance, pool, cluster);
  const gifts = missing.map(({given, show}) => show(given(pool)!));
  return `pool ${pool.name} gives ${sentenceList(gifts)}${missing.at(-1)?.why ?? ''}`;
}

function sentenceList(parts: readonly string[]): string {
  return parts.length < 2
    ? parts.join('')
    : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

function counted(amount: number, unit: string): string {
  if (amount === 0) return `no ${unit}`;
  return `${amount} ${amount > 1 ? `${unit}s` : unit}`;
}

function memoryText(bytes: number): string {
  return `${showMemory(bytes)} of memory`;
}

function timeText(ms: number): string {
  return `${showTime(ms)} of time`;
}
