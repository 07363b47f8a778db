import type {LeaveReason, RunEvent} from '../../journal/event.ts';
import type {RunState, RunningInstance} from '../../journal/run-state.ts';
import {describeCause, describeReason} from '../text/describe.ts';
import {truncateToWidth} from '../format/display-width.ts';
import {formatBytes} from '../format/bytes.ts';
import {formatDuration, formatLimit} from '../format/duration.ts';
import {processText} from '../format/process-text.ts';
import {failureMessage} from './failure-message.ts';
import type {RunPlace} from '../text/run-place.ts';

/** The lasting text of an event, line feed included. Empty: none. */
export function lastingText(event: RunEvent, state: RunState, place: RunPlace): string {
  switch (event.kind) {
    case 'finished': {
      const took = formatDuration(durationMs(event, state.find(event.instance)));
      return `✓ ${event.instance}  ${took}${comparison(event)}\n`;
    }
    case 'failed': {
      const log = state.find(event.instance)?.log;
      const {instance, cause} = event;
      return failureMessage({instance, cause, ...(log === undefined ? {} : {log})}, place);
    }
    case 'suspended':
      return `‖ ${event.instance}  ${suspension(event)}\n`;
    case 'waiting':
      return `… ${event.instance}  is being computed by ${processText(event)}\n`;
    case 'fetching':
      return fetching(event);
    case 'resumed':
      return `↻ ${event.instance}  continues from a checkpoint\n`;
    case 'warned':
      return `! ${event.instance}  ${event.sentence}\n`;
    case 'gpus-found':
      return foundGpus(event);
    case 'waiting-for-gpu': {
      const several = event.pids.length > 1 ? 'processes' : 'process';
      return `… ${event.instance}  is waiting for a GPU held by ${several} ${event.pids.join(', ')}\n`;
    }
    case 'overdue':
      return `! ${event.instance}  has taken ${formatDuration(event.timeoutMs)}, which is its timeout: it is asked to stop\n`;
    case 'quiet': {
      const time = event.sawProcesses
        ? ', no output and hardly any processor time'
        : ' and no output';
      return `! ${event.instance}  shows no sign of life: no progress${time} for ${formatLimit(event.quietMs)}. The run does not end it; a \`timeout\` would end it\n`;
    }
    case 'stirred':
      return `• ${event.instance}  shows signs of life again\n`;
    case 'retrying': {
      const {instance, cause, next, delayMs} = event;
      const when = delayMs === 0 ? '' : ` in ${formatDuration(delayMs)}`;
      return `↺ ${instance}  ${describeCause(cause)} Attempt ${next} begins${when}.\n`;
    }
    case 'artifact-damaged':
      return damage(event);
    case 'submitted':
    case 'member-joined':
    case 'member-left':
      return membership(event);
    case 'run-started':
    case 'planned':
    case 'hit':
    case 'started':
    case 'progress':
    case 'forecast':
    case 'skipped':
    case 'unstarted':
    case 'run-finished':
      return '';
  }
}

function membership(
  event: Extract<RunEvent, {kind: 'submitted' | 'member-joined' | 'member-left'}>,
): string {
  switch (event.kind) {
    case 'submitted': {
      const members = event.members === 1 ? '1 member' : `${event.members} members`;
      return `• ${members} of ${event.pool} submitted as ${event.job}\n`;
    }
    case 'member-joined':
      return `• ${event.name} has joined with ${event.devices.join(', ')}\n`;
    case 'member-left':
      return `• ${event.name} has left: ${leaveReasons[event.why]}\n`;
  }
}

const leaveReasons: Readonly<Record<LeaveReason, string>> = {
  done: 'nothing is left to do',
  idle: 'there was nothing that it could start',
  time: 'its time is up',
  stuck: 'its time is up, and it is not continued',
  stop: 'it was asked to stop',
  failure: 'an instance has failed',
};

function foundGpus({gpus, why, isOdd}: Extract<RunEvent, {kind: 'gpus-found'}>): string {
  if (gpus.length === 0) return isOdd ? `! No GPU can be used. ${why.join(' ')}\n` : '';
  return `• ${gpus.length === 1 ? '1 GPU' : `${gpus.length} GPUs`}. ${why.join(' ')}\n`;
}

function fetching(event: Extract<RunEvent, {kind: 'fetching'}>): string {
  const files = event.files === 1 ? '1 file' : `${event.files} files`;
  return `↓ ${event.instance}  fetches ${files} (${formatBytes(event.sizeBytes)}) from the remote cache\n`;
}

function damage(event: Extract<RunEvent, {kind: 'artifact-damaged'}>): string {
  const {producer, quarantined, isElsewhere} = event;
  const where = quarantined === undefined ? '' : ` (its bytes are in ${quarantined})`;
  const what = isElsewhere === true ? 'is not in the remote cache' : `was damaged${where}`;
  return `! An artifact of ${producer} ${what}: it will be made again.\n`;
}

/** The text about an instance that was to stop. */
export function suspension({endedAfterMs}: {readonly endedAfterMs?: number}): string {
  if (endedAfterMs === undefined) return 'suspended';
  return `did not stop within ${formatLimit(endedAfterMs)}; it was ended. Its work since the last checkpoint is lost.`;
}

/**
 * The working time of an instance. If an earlier record was kept, its time is that of an earlier attempt and is not
 * used.
 */
function durationMs(
  {record, at}: Extract<RunEvent, {kind: 'finished'}>,
  running: RunningInstance | undefined,
): number {
  if (running === undefined || running.attempt === record.attempt) return record.durationMs;
  return Date.parse(at) - running.startMs;
}

/** The comparison of a result with an earlier one of the same key. */
function comparison({diverged, replaced}: Extract<RunEvent, {kind: 'finished'}>): string {
  const differing = diverged ?? replaced;
  if (differing === undefined) return '';
  if (differing.length === 0) return ' (the same bytes as before)';
  const differs = `${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}`;
  const fate =
    replaced === undefined ? 'is stored, which is kept' : 'was stored, which is replaced';
  return ` (${differs} from what ${fate})`;
}

/** Columns of a reason beside a name; `why` shows the whole reason. */
const reasonColumns = 80;

/** The line that an instance was started, with the first reason, the number of further ones, and whether it goes on. */
export function startLine(event: Extract<RunEvent, {kind: 'started'}>): string {
  const [first, ...more] = event.reasons.filter(({kind}) => kind !== 'goes-on');
  const from = event.reasons.some(({kind}) => kind === 'goes-on') ? ', from what is stored' : '';
  const why =
    first === undefined ? '' : `: ${truncateToWidth(describeReason(first), reasonColumns)}`;
  const count = more.length === 1 ? '1 more reason' : `${more.length} more reasons`;
  const further = more.length === 0 ? '' : ` (and ${count})`;
  // CPU slots are all alike.
  const gpus = event.devices.filter((device) => !device.startsWith('cpu:'));
  const where = gpus.length === 0 ? '' : `  on ${gpus.join(', ')}`;
  return `▸ ${event.instance}${where}${why}${further}${from}\n`;
}
