import {visibleJson} from '../../base/visible.ts';
import type {Reporter, Screen} from './reporter.ts';

/** Writes the events themselves, one line of JSON each. */
export function jsonReporter(screen: Screen, notes: Screen): Reporter {
  return {
    onEvent: (event) => screen.write(`${visibleJson(event)}\n`),
    note: (text) => notes.write(text),
    close: () => undefined,
  };
}
