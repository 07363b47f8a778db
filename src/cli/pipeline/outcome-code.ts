import type {RunResult} from '../../schedule/execute-run.ts';
import {exitCodes, type ExitCode} from '../exit-codes.ts';
import type {Seen} from './run-show.ts';

/** The exit code of a run that has ended by itself, or was stopped. */
export function outcomeCode(
  outcome: RunResult['outcome'],
  {isStoreAtFault}: Pick<Seen, 'isStoreAtFault'>,
): ExitCode {
  return outcome === 'failed' && isStoreAtFault ? exitCodes.storeUnusable : outcomeCodes[outcome];
}

const outcomeCodes = {
  ok: exitCodes.ok,
  failed: exitCodes.stageFailed,
  suspended: exitCodes.suspended,
} as const;
