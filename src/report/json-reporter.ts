import type {Reporter, Screen} from './reporter.ts';

/** The events themselves, a line of JSON each. */
export function jsonReporter(screen: Screen, notes: Screen): Reporter {
  return {
    onEvent: (event) => screen.write(`${JSON.stringify(event)}\n`),
    note: (text) => notes.write(text),
    close: () => undefined,
  };
}
