import type {InstanceAccount, RunAccount} from '../../journal/run-account.ts';
import type {State} from './parts.ts';

/**
 * The state of an instance: one that ran when the run was killed counts as interrupted, and one that a stopped run had
 * not started as not started.
 */
export function stateOf({standing, logs}: InstanceAccount, run: RunAccount): State {
  if (standing === 'suspended' && logs.length === 0) return 'unstarted';
  return standing === 'running' && !run.isLive ? 'suspended' : standing;
}
