import type {JSX} from 'preact';
import type {State} from '../model/parts.ts';

/** Marks that differ in shape as well as in colour. */
const marks: Readonly<Record<State, string>> = {
  hit: '◆',
  finished: '✓',
  running: '▸',
  waiting: '…',
  failed: '✗',
  suspended: '‖',
  skipped: '⊘',
  unstarted: '⊘',
  pending: '○',
};

/** The names of the states. */
export const stateNames: Readonly<Record<State, string>> = {
  hit: 'stored already',
  finished: 'ran',
  running: 'running',
  waiting: 'waiting',
  failed: 'failed',
  suspended: 'suspended',
  skipped: 'skipped',
  unstarted: 'not started',
  pending: 'to come',
};

/** A mark for a state, next to text that names it. */
export function StateMark({state}: {state: State}): JSX.Element {
  return (
    <span class={`mark state-${state}`} aria-hidden="true">
      {marks[state]}
    </span>
  );
}
