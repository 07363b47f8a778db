import type {PinnedEngine} from '../../base/engines.ts';
import {visibleText} from '../../base/visible.ts';
import {isPathLook, type Surrounding} from '../../contract/command.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import type {Reason} from '../../plan/verdict.ts';
import type {Json} from '../../base/json.ts';
import type {FailureCause} from '../../worker/protocol.ts';
import {formatDuration, formatLimit} from '../format/duration.ts';

/** As `describeReason`, with the names that the pipeline file gives to arguments of the instance's program. */
export function describeReasonOf(reason: Reason, {writtenAs}: Pick<Instance, 'writtenAs'>): string {
  const name = reason.kind === 'param-changed' ? writtenAs?.[reason.pointer] : undefined;
  if (reason.kind !== 'param-changed' || name === undefined) return describeReason(reason);
  return `${name}: ${showChange(reason.was, reason.now)}`;
}

/** A reason to run, as the rest of a sentence. */
export function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'never-run':
      return 'it is the first time';
    case 'version-changed':
      return `its stage type changed from version ${reason.was} to ${reason.now}`;
    case 'code-changed':
      return `the code of ${reason.of} changed`;
    case 'param-changed':
      return `${reason.pointer.slice(1)}: ${showChange(reason.was, reason.now)}`;
    case 'input-changed':
      return `its input ${reason.port} changed`;
    case 'environment-changed':
      return describeSurrounding(reason);
    case 'engine-changed':
      return `numerics: ${describeEngine(reason.was)} → ${describeEngine(reason.now)}`;
    case 'file-new':
      return 'the file is new or was edited';
    case 'record-missing':
      return 'its record is gone or was never finished';
    case 'record-corrupt':
      return 'its record is corrupt';
    case 'artifact-missing':
      return `the bytes of its output ${reason.output} are gone`;
    case 'artifact-damaged':
      return `the bytes of its output ${reason.output} are cut off or damaged`;
    case 'forced':
      return 'it is forced';
    case 'upstream':
      return `${listNames(reason.instances)} will run first`;
    case 'goes-on':
      return `it goes on from the stored result with ${reason.by}: ${reason.from}`;
    case 'goes-on-after':
      return `it will go on from ${reason.instance} (${reason.by}: ${reason.from})`;
  }
}

/** The engine in a key: `bitwise on wasm F(4, 3)`. */
export function describeEngine(pinned: PinnedEngine | undefined): string {
  if (pinned === undefined) return 'any';
  const {name, numerics, tile} = pinned;
  return `${numerics} on ${name}${tile === undefined ? '' : ` F(${JSON.stringify(tile)}, 3)`}`;
}

/**
 * The cause of a failed attempt, as a sentence. Text quoted from files may contain anything, and stays in its place.
 */
export function describeCause(cause: FailureCause): string {
  return visibleText(causeSentence(cause));
}

function causeSentence(cause: FailureCause): string {
  switch (cause.kind) {
    case 'stage-error':
    case 'bad-output':
      return cause.message;
    case 'crash':
      return `The stage crashed: ${cause.message}`;
    case 'out-of-memory':
      switch (cause.of) {
        case 'heap':
          return 'Its JavaScript heap ran out of memory.';
        case 'machine':
          return 'Its process was ended by the system, which had run out of memory.';
        case 'device':
          return cause.message;
      }
    case 'device-lost':
      return `${cause.message}. Another attempt continues from the last checkpoint.`;
    case 'timed-out':
      return `It took longer than its timeout of ${formatDuration(cause.timeoutMs)}. ${timedOut(cause.endedAfterMs)}`;
    case 'never-ends':
      return 'The stage waits for something that will never happen: nothing is left that it could wait for, no timer, no file, no connection, no process and no thread. This is a bug of the stage type.';
    case 'not-started':
      return `No process could be started for it. ${shortages[cause.code]}`;
    case 'program-failed':
      return cause.signal === undefined
        ? `${cause.program} ended with exit code ${cause.exitCode}.`
        : `${cause.program} was ended by ${cause.signal}${outOfMemory(cause.signal)}.`;
    case 'killed':
      return cause.signal === undefined
        ? `Its process ended with exit code ${cause.exitCode} and without a result.`
        : `Its process was ended by ${cause.signal}${outOfMemory(cause.signal)}.`;
    case 'store-error':
      return `The store could not be used: ${cause.message}`;
  }
}

function timedOut(endedAfterMs: number | undefined): string {
  const goesOn = 'If it saved a checkpoint, it continues from there when it is given more time.';
  if (endedAfterMs === undefined) return goesOn;
  return `It did not stop within ${formatLimit(endedAfterMs)} and was ended: its work since the last checkpoint is lost. ${goesOn}`;
}

/** The system's limit by error code, and the remedy. */
const shortages: Readonly<Record<Extract<FailureCause, {kind: 'not-started'}>['code'], string>> = {
  EMFILE:
    'No more open files are allowed (EMFILE): give --jobs a smaller number, or raise `ulimit -n`.',
  ENFILE:
    'The system has no more open files to give (ENFILE): give --jobs a smaller number, or end other programs.',
  EAGAIN:
    'No more processes are allowed (EAGAIN): give --jobs a smaller number, or raise `ulimit -u` or the limit of the container.',
  ENOMEM: 'There is not enough memory (ENOMEM): give --jobs a smaller number.',
};

/** A variable that is passed on is known only by its digest, since it may be a secret. */
function describeSurrounding({
  name,
  was,
  now,
}: Extract<Reason, {kind: 'environment-changed'}>): string {
  if (!isPathLook(now)) return `$${name}: ${variable(was)} → ${variable(now)}`;
  if (now.look === 'missing') return `${name} is no longer there`;
  const count = now.files === 1 ? '1 file' : `${now.files} files`;
  if (!isPathLook(was)) return `${name} is looked at now, which the key did not cover: ${count}`;
  const more = now.files - was.files;
  if (more === 0) return `${name}: files changed (${count})`;
  return `${name}: ${Math.abs(more)} ${Math.abs(more) === 1 ? 'file' : 'files'} ${more > 0 ? 'added' : 'removed'} (now ${count})`;
}

function variable(identity: Surrounding | undefined): string {
  if (identity === undefined) return '(not declared)';
  if (identity === 'not set') return '(not set)';
  if (isPathLook(identity)) return '(a file or folder)';
  return 'value' in identity
    ? JSON.stringify(identity.value)
    : `sha256 ${identity.sha256.slice(0, 8)}…`;
}

function outOfMemory(signal: string): string {
  return signal === 'SIGKILL' ? ' (perhaps because memory ran out)' : '';
}

/** Longer values are cut. */
const longest = 60;

/** Two different values; long ones are cut to the surroundings of the first difference. */
function showChange(was: Json | undefined, now: Json | undefined): string {
  const [before, after] = [show(was), show(now)];
  if (Math.max(before.length, after.length) <= longest) return `${before} → ${after}`;
  let common = 0;
  while (common < before.length && before[common] === after[common]) common++;
  return `${excerpt(before, common)} → ${excerpt(after, common)}`;
}

function show(value: Json | undefined): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}

/** The surroundings of a place in a text. */
function excerpt(text: string, place: number): string {
  const from = Math.max(0, place - longest / 3);
  // A surrogate pair may have been cut in the middle.
  const part = text.slice(from, from + longest).replaceAll(/\p{Cs}/gu, '');
  return `${from > 0 ? '…' : ''}${part}${from + longest < text.length ? '…' : ''}`;
}

/** The first three names, and the number of further ones. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
