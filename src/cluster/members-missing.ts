import type {RunAccount} from '../journal/run-account.ts';
import type {Pool} from './cluster.ts';

/** How many members of a pool a run lacks, beside those that are at work or to come. */
export interface Shortage {
  readonly missing: number;
  readonly present: number;
}

/**
 * The members that a run lacks, by pool: those that it needs, and that neither are at work nor to come. A cluster does
 * not say of which pool the members are that wait, so that each may be of any pool that still waits for one.
 * @param queued number of members that wait or run, as the cluster says
 */
export function membersMissing(
  needed: ReadonlyMap<Pool, number>,
  {members, awaited}: Pick<RunAccount, 'members' | 'awaited'>,
  queued: number,
): ReadonlyMap<Pool, Shortage> {
  const atWork = members.filter(({standing}) => standing === 'working');
  const toCome = Math.max(0, queued - atWork.length);
  const expected = [...awaited.values()].reduce((sum, count) => sum + count, 0);
  // Nobody expects a member that is requeued after a node has failed.
  const unexpected = Math.max(0, toCome - expected);
  const shortages = Array.from(needed, ([pool, count]) => {
    const ofPool = atWork.filter((member) => member.pool === pool.name).length;
    const waiting = Math.min(toCome, (awaited.get(pool.name) ?? 0) + unexpected);
    const present = ofPool + waiting;
    return [pool, {missing: count - present, present}] as const;
  });
  return new Map(shortages.filter(([, {missing}]) => missing > 0));
}
