import type {RunEvent} from '../../journal/event.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {Key} from '../../store/records/record.ts';
import type {FailureCause} from '../../worker/protocol.ts';

/** An attempt of a run that gave no result. */
export interface LostAttempt {
  readonly instance: InstanceId;
  readonly key: Key;
  readonly attempt: string;
  readonly startedAt: string;
  /** Absent: the run was killed first. */
  readonly endedAt?: string;
  /** Absent: it was stopped, or killed with its run. */
  readonly cause?: FailureCause;
}

/** The attempts of a run that gave no result, in the order of their starts. */
export function lostAttempts(events: Iterable<RunEvent>): readonly LostAttempt[] {
  const lost = new Map<string, LostAttempt>();
  const open = new Map<InstanceId, string>();
  for (const event of events) {
    if (event.kind === 'started') {
      const {instance, key, attempt, at: startedAt} = event;
      lost.set(attempt, {instance, key, attempt, startedAt});
      open.set(instance, attempt);
    } else if (event.kind === 'finished') {
      lost.delete(event.record.attempt);
      open.delete(event.instance);
    } else if (ends.has(event.kind) && 'instance' in event) {
      const attempt = lost.get(open.get(event.instance) ?? '');
      open.delete(event.instance);
      if (attempt === undefined) continue;
      const cause = 'cause' in event && {cause: event.cause};
      lost.set(attempt.attempt, {...attempt, endedAt: event.at, ...cause});
    }
  }
  return [...lost.values()];
}

/** The events after which an attempt is over without a result. `hit`: another process was faster. */
const ends: ReadonlySet<RunEvent['kind']> = new Set(['failed', 'retrying', 'suspended', 'hit']);
