import type {Pool, SshHost} from '../cluster.ts';
import {allocationName} from './allocation-words.ts';

/** A place for one member on a host. */
export interface Slot {
  readonly host: string;
  /** The name of the allocation: host, pool and number. */
  readonly job: string;
  /** The indices of the GPUs that the member may use. Absent: all of the host. */
  readonly gpus?: readonly number[];
}

/**
 * The places for members of a pool, the first ones of all hosts before the second ones. A host whose GPUs are listed has
 * as many as its GPUs suffice for; others have one.
 */
export function slotsOf(hosts: readonly SshHost[], pool: Pool): readonly Slot[] {
  const byHost = hosts.map(({host, gpus}) =>
    shares(gpus, pool.gpus).map((share, index) => ({
      host,
      job: `${host}/${pool.name}/${index}`,
      ...(share !== undefined && {gpus: share}),
    })),
  );
  const most = Math.max(0, ...byHost.map(({length}) => length));
  return Array.from({length: most}).flatMap((_, index) =>
    byHost.flatMap((slots) => slots.slice(index, index + 1)),
  );
}

function shares(
  gpus: readonly number[] | undefined,
  each: number,
): readonly (readonly number[] | undefined)[] {
  if (each === 0) return [[]];
  if (gpus === undefined) return [undefined];
  const count = Math.floor(gpus.length / each);
  return Array.from({length: count}, (_, index) => gpus.slice(index * each, (index + 1) * each));
}

/** The last argument of a member's script, by which its process is found. */
export function slotMark(run: string, job: string): string {
  return `${allocationName(run)}/${job}`;
}
