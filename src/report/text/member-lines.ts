import {visibleLine} from '../../base/visible.ts';
import type {MemberAccount, RunAccount} from '../../journal/run-account.ts';
import {displayWidth, truncateToWidth} from '../format/display-width.ts';
import {formatDuration} from '../format/duration.ts';

/** Number of members to list. */
const listed = 10;

/** Number of instances to name beside a member. */
const named = 2;

/** Information about members that is not in journals. */
export interface MemberFrame {
  /** Columns of the screen. */
  readonly columns: number;
  /** The time without a sign of life from a member. Absent: it has given some. */
  readonly silentMsOf: (member: MemberAccount) => number | undefined;
}

/** The members of a run that is not over: those at work, those that have died, and the number of those to come. */
export function memberLines(
  run: RunAccount,
  {columns, silentMsOf}: MemberFrame,
): readonly string[] {
  if (run.finished !== undefined) return [];
  const present = [
    ...run.members.filter(({standing}) => standing === 'working'),
    ...run.members.filter(({standing}) => standing === 'dead'),
  ];
  const shown = present.slice(0, listed).map((member) => [nameText(member), member] as const);
  const width = Math.max(0, ...shown.map(([name]) => displayWidth(name)));
  const lines = [
    ...shown.map(([name, member]) => {
      const padding = ' '.repeat(width - displayWidth(name));
      return truncateToWidth(`  ${name}${padding}  ${doing(member, silentMsOf(member))}`, columns);
    }),
    ...(present.length > listed ? [`  and ${present.length - listed} more`] : []),
    ...Array.from(run.awaited, ([pool, count]) => `  ${awaitedText(pool, count)}`),
  ];
  return lines.length === 0 ? [] : ['', 'Members', ...lines];
}

function nameText({name, pool, job}: MemberAccount): string {
  return visibleLine(`${name} (${job === undefined ? pool : `${pool}, job ${job}`})`);
}

function doing({standing, running}: MemberAccount, silentMs: number | undefined): string {
  const more = running.length > named ? ` and ${running.length - named} more` : '';
  const what = running
    .slice(0, named)
    .map(({id}) => id)
    .join(', ');
  if (standing === 'dead')
    return `has died${what === '' ? '' : `; it was computing ${what}${more}`}`;
  const silence =
    silentMs === undefined ? '' : `; it has given no sign of life for ${formatDuration(silentMs)}`;
  return `${what === '' ? 'computes nothing' : `computes ${what}${more}`}${silence}`;
}

function awaitedText(pool: string, count: number): string {
  const subject = count === 1 ? '1 member' : `${count} members`;
  return `${subject} of ${pool} ${count === 1 ? 'waits for its' : 'wait for their'} turn`;
}
