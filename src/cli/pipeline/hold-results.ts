import {DiagnosticLog, type Diagnostic} from '../../diagnostics/diagnostic.ts';
import type {Plan} from '../../plan/plan-graph.ts';
import {unlockedOutput} from '../../store/records/locked.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {World} from '../world.ts';

/** The stored results that are not those that the lock of the pipeline demands. */
export function unlockedResults(plan: Plan): readonly Diagnostic[] {
  const log = new DiagnosticLog();
  for (const {instance, verdict} of plan.values()) {
    const {id, locked} = instance;
    if (locked === undefined || verdict.kind !== 'hit') continue;
    const fault = unlockedOutput(verdict.record.outputs, locked);
    if (fault === undefined) continue;
    const message = `The stored result of \`${id}\` is another one. ${fault}`;
    log.error('lock-mismatch', locked.at, message, {about: id});
  }
  return log.sorted();
}

/** Tells of stored results that a lock does not allow. `undefined`: there are none. */
export function refuseUnlocked(plan: Plan, {faults}: World): ExitCode | undefined {
  const found = unlockedResults(plan);
  if (found.length === 0) return undefined;
  faults.diagnostics(found);
  return exitCodes.invalidPipeline;
}
