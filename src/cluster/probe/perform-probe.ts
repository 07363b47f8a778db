import path from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {Heartbeat} from '../../store/claims/heartbeat.ts';
import {examineFolder} from '../../store/examine-folder.ts';
import {
  poolFolder,
  readOrder,
  writeReport,
  writeStart,
  type Probe,
  type ProbeStart,
  type Sight,
} from './probe-files.ts';
import {OtherSide} from './watch-other.ts';

/** The time from one look at the other side's files to the next, in milliseconds. */
export const lookMs = 100;

/** The facts that a member can tell without the doctor. */
export type MemberFacts = Omit<ProbeStart, 'nonce' | 'member'>;

/**
 * The member's part of a probe: it says what it is, tries what a store needs, and watches the doctor as the doctor watches
 * it. `no-order`: there is no such probe in this store.
 */
export async function performProbe(
  probe: Probe,
  pool: string,
  {facts, pid}: {readonly facts: MemberFacts; readonly pid: number},
): Promise<'done' | 'no-order'> {
  const order = readOrder(probe);
  if (order === undefined) return 'no-order';
  const {nonce, beatMs, watchMs, doctor} = order;
  const unmet = await examineFolder(path.join(poolFolder(probe, pool), 'tried'));
  const heartbeat = await Heartbeat.start(probe.store, pid, {beatMs, silenceMs: watchMs});
  try {
    const {member} = heartbeat.member.head;
    await writeStart(probe, pool, {...facts, nonce, member});
    const canMeet = unmet.every(({need}) => need !== 'link');
    const other = new OtherSide({probe, pool, side: 'member', other: doctor, everyMs: beatMs});
    const sight = canMeet ? await watch(other, {probe, watchMs}) : other.sight;
    await writeReport(probe, pool, {unmet, sight});
    return 'done';
  } finally {
    await heartbeat.stop();
  }
}

/** Watches the doctor for a time, or until it has ended the probe. */
async function watch(
  other: OtherSide,
  {probe, watchMs}: {readonly probe: Probe; readonly watchMs: number},
): Promise<Sight> {
  const endMs = performance.now() + watchMs;
  while (performance.now() < endMs && readOrder(probe) !== undefined) {
    await other.look();
    await setTimeout(lookMs);
  }
  return other.sight;
}
