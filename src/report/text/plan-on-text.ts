import {quoteWord} from '../../base/quote-word.ts';
import {visibleJson} from '../../base/visible.ts';
import type {Pool} from '../../cluster/cluster.ts';
import type {PoolNeed} from '../../cluster/members-needed.ts';
import type {Chain} from '../../plan/longest-chain.ts';
import type {PlanCosts} from '../../plan/plan-costs.ts';
import {formatBytes} from '../format/bytes.ts';
import {formatLargest} from '../format/duration.ts';
import {countVerdicts} from './plan-text.ts';

/** What a cluster would be asked for. */
export interface PlanOn {
  readonly cluster: string;
  readonly costs: PlanCosts;
  /** In the order of the profile; none if nothing is to run. */
  readonly pools: readonly PoolPlan[];
  /** Absent: nothing is to run. */
  readonly chain?: Chain;
}

export interface PoolPlan {
  readonly pool: Pool;
  readonly need: PoolNeed;
  /** When the first member could start, or why that is not known, as a sentence. */
  readonly start: string;
  /** The script of a member. */
  readonly script: string;
  /** The words of the command that asks for the members. */
  readonly command: readonly string[];
}

/** What a cluster would be asked for, for people. */
export function planOnText({cluster, costs, pools, chain}: PlanOn): string {
  if (chain === undefined) return 'Everything is stored: nothing would be submitted.\n';
  const makes = costs.newBytes === 0 ? '' : ` make ${formatBytes(costs.newBytes)}, and`;
  return [
    `A run on ${cluster} would${makes} ask for:\n`,
    ...pools.map(needText),
    chainText(chain),
    ...pools.map(scriptText),
  ].join('');
}

function needText({pool, need, start}: PoolPlan): string {
  const {instances, members} = need;
  const what = `${counted(instances, 'instance')}, ${workText(pool, need)}`;
  return `${pool.name}  ${counted(members, 'member')} for ${what}\n       ${start}\n`;
}

function workText({gpus}: Pool, {instances, workMs, unknown}: PoolNeed): string {
  if (unknown === instances) return 'of unknown duration';
  const hours = (gpus * workMs) / 3_600_000;
  const time = gpus === 0 ? `${formatLargest(workMs)} with one member` : gpuHours(hours);
  return unknown === 0 ? `about ${time}` : `about ${time} besides ${unknown} of unknown duration`;
}

function gpuHours(hours: number): string {
  const amount = hours < 9.95 ? hours.toFixed(hours < 0.095 ? 2 : 1) : Math.round(hours);
  return `${amount.toLocaleString('en')} GPU hours`;
}

function chainText({instances, ms, unknown}: Chain): string {
  const known = unknown === instances.length ? '' : ` ${formatLargest(ms)}`;
  const about = known === '' ? ' of unknown duration' : unknown === 0 ? ', about' : ', more than';
  const text = `Longest chain: ${counted(instances.length, 'instance')}${about}${known}, which no number of members shortens`;
  return `${text}\n       ${instances.join(' → ')}\n`;
}

function scriptText({pool, script, command}: PoolPlan): string {
  return [
    `Each member of ${pool.name} runs`,
    ...script
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`.trimEnd()),
    'and is asked for by',
    `  ${command.map(quoteWord).join(' ')}`,
    '',
  ].join('\n');
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** What a cluster would be asked for as a line of JSON, line feed included. Times are in seconds. */
export function planOnJson({cluster, costs, pools, chain}: PlanOn): string {
  const {plan, unknown, bases, results, newBytes, storedBytes} = costs;
  const total = {
    ...countVerdicts(plan),
    unknown,
    bases,
    results,
    newBytes,
    storedBytes,
    cluster,
    pools: pools.map(({pool, need, start, script, command}) => ({
      pool: pool.name,
      members: need.members,
      instances: need.instances,
      unknown: need.unknown,
      seconds: need.workMs / 1000,
      gpuSeconds: (pool.gpus * need.workMs) / 1000,
      start,
      script,
      command,
    })),
    ...(chain && {
      chain: {instances: chain.instances, seconds: chain.ms / 1000, unknown: chain.unknown},
    }),
  };
  return `${visibleJson({total})}\n`;
}
