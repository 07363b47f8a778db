import type {RunEvent} from '../event.ts';

/** Events of one journal, in order. */
interface Part {
  /** Absent: the journal is the run's own. */
  readonly member?: string;
  readonly events: readonly RunEvent[];
}

/** An event and the member that told it. Absent: the process that shows the run. */
export interface ToldEvent {
  readonly event: RunEvent;
  readonly member: string | undefined;
}

/**
 * The events of several journals in one order: that of each journal is kept, and between journals it is by time. Clocks
 * of machines differ, so that nothing may depend on it. What closes the run comes last.
 */
export function inOrder(parts: readonly Part[]): readonly ToldEvent[] {
  const timed = parts.flatMap(({member, events}) => {
    let latestMs = Number.NEGATIVE_INFINITY;
    return events.map((event) => {
      latestMs = Math.max(latestMs, closing.has(event.kind) ? Infinity : Date.parse(event.at));
      return {event, member, atMs: latestMs};
    });
  });
  return timed.sort((a, b) => (a.atMs === b.atMs ? 0 : a.atMs - b.atMs));
}

/** The process that ends a run tells these events. */
const closing: ReadonlySet<RunEvent['kind']> = new Set(['skipped', 'unstarted', 'run-finished']);
