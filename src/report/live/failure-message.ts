import path from 'node:path';
import {readEnd} from '../../base/read-end.ts';
import type {InstanceId} from '../../pipeline/graph/instance.ts';
import type {FailureCause} from '../../worker/protocol.ts';
import {describeCause} from '../text/describe.ts';
import {logText} from '../text/log-text.ts';
import type {RunPlace} from '../text/run-place.ts';
import {displayPath} from '../text/run-place.ts';

const lastLines = 12;
const lastBytes = 16_384;

/** The message about a failed instance: cause, last log lines, path of the log, and how to run it again. */
export function failureMessage(
  failure: {readonly instance: InstanceId; readonly cause: FailureCause; readonly log?: string},
  place: RunPlace,
): string {
  const lines = [`✗ ${failure.instance} failed. ${describeCause(failure.cause)}`];
  if (failure.log !== undefined) {
    const file = path.join(place.store.root, failure.log);
    lines.push(...tail(file).map((line) => `  │ ${line}`));
    if (place.isPassing !== true) lines.push(`  log:    ${displayPath(file, place.cwd)}`);
  }
  lines.push(`  again:  ${place.againFor(failure.instance)}`);
  return `${lines.join('\n')}\n`;
}

/** The last lines of a log, without characters that would move the cursor. */
function tail(file: string): readonly string[] {
  const lines = logText(readEnd(file, lastBytes)?.text ?? '').split('\n');
  return lines.filter((line) => line !== '').slice(-lastLines);
}
