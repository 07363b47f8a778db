import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import type {State} from './parts.ts';

/** Where an instance stands: what ran when the run was killed was interrupted. */
export function stateOf({standing}: InstanceAccount, run: RunAccount): State {
  return standing === 'running' && !run.isLive ? 'suspended' : standing;
}
