import {RunState} from '../../journal/run-state.ts';
import type {RunPlace} from '../text/run-place.ts';
import {writeWrapped} from '../format/wrapped.ts';
import {lastingText} from './event-line.ts';
import type {Reporter, Screen} from './reporter.ts';

/** Shows nothing of a run but failures, and damage in the store. */
export function quietReporter(screen: Screen, place: RunPlace): Reporter {
  const state = new RunState();
  return {
    onEvent: (event) => {
      const isDamage = event.kind === 'artifact-damaged' && event.isElsewhere !== true;
      if (event.kind === 'failed' || isDamage) {
        writeWrapped(screen, lastingText(event, state, place));
      }
      state.fold(event);
    },
    note: (text) => writeWrapped(screen, text),
    close: () => undefined,
  };
}
