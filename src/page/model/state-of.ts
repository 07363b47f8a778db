import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import type {State} from './parts.ts';

/** The state of an instance: one that ran when the run was killed counts as interrupted. */
export function stateOf({standing}: InstanceAccount, run: RunAccount): State {
  return standing === 'running' && !run.isLive ? 'suspended' : standing;
}
