import type {Reporter} from '../../../report/live/reporter.ts';
import {formatLimit} from '../../../report/format/duration.ts';
import type {ReleaseSignal} from './hold-signal.ts';
import type {World} from '../../world.ts';

/** What signals ask of the viewer of a run on a cluster. */
export interface Requests {
  /** Members are to save checkpoints and leave. */
  readonly stopSignal: AbortSignal;
  /** Members are to be ended at once, also those that wait. */
  readonly cancelSignal: AbortSignal;
  /** The viewer is to end; members go on. */
  readonly leaveSignal: AbortSignal;
  /** Leaves further signals to others. */
  release(): void;
}

/**
 * The first Ctrl-C stops the members, the second cancels them, and the third leaves. Members do not depend on a terminal or
 * on the process that shows them: if these end, the members go on.
 * @param options.earlier releases a signal that came before, which is answered now
 */
export function takeRequests(
  reporter: Reporter,
  {
    stopWithinMs,
    earlier,
  }: {readonly stopWithinMs: number; readonly earlier?: ReleaseSignal | undefined},
  world: Pick<World, 'onInterrupt'>,
): Requests {
  const [stop, cancel, leave] = [
    new AbortController(),
    new AbortController(),
    new AbortController(),
  ];
  const answer = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || cancel.signal.aborted) leave.abort();
    else if (stop.signal.aborted) {
      reporter.note('Cancelling all members. Press Ctrl-C again not to wait for their end.\n');
      cancel.abort();
    } else {
      const limit = formatLimit(stopWithinMs);
      reporter.note(
        `Stopping: stages have ${limit} to save a checkpoint, and then the members leave. Press Ctrl-C again to cancel them at once.\n`,
      );
      stop.abort();
    }
  };
  const release = world.onInterrupt(answer);
  const held = earlier?.();
  if (held !== undefined) answer(held);
  return {
    stopSignal: stop.signal,
    cancelSignal: cancel.signal,
    leaveSignal: leave.signal,
    release,
  };
}
