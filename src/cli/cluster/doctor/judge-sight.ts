import type {Sight} from '../../../cluster/probe/probe-files.ts';
import {formatDuration, formatLimit} from '../../../report/format/duration.ts';
import {right, wrong, type Observation} from './observation.ts';

/** The files and heartbeats that the two sides of a probe have seen of each other. */
export interface Sights {
  readonly here: Sight;
  readonly there: Sight;
  /** The time for which they have watched, in milliseconds. */
  readonly watchMs: number;
  /** The time from one heartbeat of the probe to the next, in milliseconds. */
  readonly beatMs: number;
}

/** Judges how soon this machine and a member of a pool see what the other one writes. */
export function judgeSight(sights: Sights, pool: string): readonly Observation[] {
  const who = `a member of ${pool} and this machine`;
  return [judgeFiles(sights, who), judgeHeartbeats(sights, who)];
}

function judgeFiles({here, there, watchMs}: Sights, who: string): Observation {
  const answers = here.answers + there.answers;
  if (here.answers === 0 || there.answers === 0) {
    return wrong(
      `Not both of ${who} saw an answer to a new file in the store within ${formatLimit(watchMs)}: results of one member would not reach the others. Mount the store so that names are not cached for long, such as with \`lookupcache=positive\` or a short \`acdirmax\` on NFS.`,
    );
  }
  const longest = formatDuration(Math.max(here.answerMs, there.answerMs));
  return right(
    `New files in the store are seen by ${who}: each of ${answers} was seen and answered within ${longest}.`,
  );
}

function judgeHeartbeats({here, there, watchMs, beatMs}: Sights, who: string): Observation {
  if (here.beats === 0 || there.beats === 0) {
    return wrong(
      `Not both of ${who} saw the other's heartbeat change within ${formatLimit(watchMs)}: members would take each other for dead, and compute the same twice. Mount the store so that contents are not cached for long, such as with a short \`acregmax\` on NFS.`,
    );
  }
  const late = Math.max(here.silenceMs, there.silenceMs) - beatMs;
  return right(`Heartbeats are seen by ${who}, at most ${formatDuration(late)} late.`);
}
