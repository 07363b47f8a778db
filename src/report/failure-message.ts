import {readFileSync} from 'node:fs';
import path from 'node:path';
import {isErrno} from '../base/errno.ts';
import type {InstanceId} from '../pipeline/instance.ts';
import type {FailureCause} from '../worker/protocol.ts';
import {describeCause} from './describe.ts';
import type {RunPlace} from './run-place.ts';
import {displayPath} from './run-place.ts';

const lastLines = 12;

/** All that a user needs when an instance failed: cause, last log lines, where the log is, how to run it again. */
export function failureMessage(
  failure: {readonly instance: InstanceId; readonly cause: FailureCause; readonly log?: string},
  place: RunPlace,
): string {
  const lines = [`✗ ${failure.instance} failed. ${describeCause(failure.cause)}`];
  if (failure.log !== undefined) {
    const file = path.join(place.store.root, failure.log);
    lines.push(...tail(file).map((line) => `  │ ${line}`));
    lines.push(`  log:    ${displayPath(file, place.cwd)}`);
  }
  lines.push(`  again:  ${place.again}`);
  return `${lines.join('\n')}\n`;
}

function tail(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lastLines).filter(Boolean);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
