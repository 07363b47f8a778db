import {formatLimit} from '../../report/format/duration.ts';
import type {Reporter} from '../../report/live/reporter.ts';
import {sameAgain} from '../command-line.ts';
import {storeWords} from '../options/store-option.ts';
import type {World} from '../world.ts';

/** The requests that signals make of a run. */
export interface Interrupts {
  /** Stages are to save a checkpoint and stop. */
  readonly stopSignal: AbortSignal;
  /** Everything is to end at once. */
  readonly killSignal: AbortSignal;
  /** Leaves further signals to others. */
  release(): void;
}

/** The run that is interrupted. */
interface Interrupted {
  readonly run: string;
  /** As the user named it. */
  readonly store: string;
  readonly stopWithinMs: number;
}

/** The first interrupt stops the run, and the second ends it. */
export function takeInterrupts(reporter: Reporter, run: Interrupted, world: World): Interrupts {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const release = world.onInterrupt((signal) => {
    if (stop.signal.aborted) {
      // A terminal that is closed may hang up twice: from the shell, and from the kernel.
      if (signal !== 'SIGHUP') kill.abort();
      return;
    }
    const limit = formatLimit(run.stopWithinMs);
    const lines = [`Stopping: stages have ${limit} to save a checkpoint.`, atOnce(run, world)];
    reporter.note(`${lines.join(' ')}\n`);
    stop.abort();
  });
  return {stopSignal: stop.signal, killSignal: kill.signal, release};
}

/** How a user ends the run at once. No Ctrl-C reaches a run in the background. */
function atOnce({run, store}: Interrupted, world: World): string {
  const {commandLine, detachedRun} = world;
  if (run !== detachedRun) return 'Press Ctrl-C again to end them at once.';
  const words = ['stop', run, '--now', ...storeWords(store, world)];
  return `To end them at once: ${sameAgain({...commandLine, words})}`;
}
