import type {JSX} from 'preact';
import type {State} from '../model/parts.ts';

/** Told apart by form as well as by colour. */
const marks: Readonly<Record<State, string>> = {
  hit: '◆',
  finished: '✓',
  running: '▸',
  waiting: '…',
  failed: '✗',
  suspended: '‖',
  skipped: '⊘',
  pending: '○',
};

/** What the states are called. */
export const stateNames: Readonly<Record<State, string>> = {
  hit: 'stored already',
  finished: 'ran',
  running: 'running',
  waiting: 'waiting',
  failed: 'failed',
  suspended: 'suspended',
  skipped: 'skipped',
  pending: 'not begun',
};

/** A sign for a state, beside text that says it. */
export function StateMark({state}: {state: State}): JSX.Element {
  return (
    <span class={`mark state-${state}`} aria-hidden="true">
      {marks[state]}
    </span>
  );
}
