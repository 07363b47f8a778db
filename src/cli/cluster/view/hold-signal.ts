import {writeWrapped} from '../../../report/format/wrapped.ts';
import type {World} from '../../world.ts';

/** Stops holding, and gives the signal that came. */
export type ReleaseSignal = () => NodeJS.Signals | undefined;

/**
 * Holds the first signal that comes while members are submitted: this process would leave members that nobody has been
 * told of if it ended in between. A second Ctrl-C ends it at once. A terminal that closes may hang up twice.
 */
export function holdSignal(world: Pick<World, 'onInterrupt' | 'stderr'>): ReleaseSignal {
  let held: NodeJS.Signals | undefined;
  const release = world.onInterrupt((signal) => {
    held ??= signal;
    if (signal === 'SIGHUP') return;
    release();
    if (signal === 'SIGINT') writeWrapped(world.stderr, `${note}\n`);
  });
  return () => {
    release();
    return held;
  };
}

const note =
  'The members are being submitted, and are asked to leave afterwards. Press Ctrl-C again to end this command only: the members then go on.';
