import path from 'node:path';
import type {JournalFault} from '../../journal/check-journals.ts';
import type {Store} from '../../store/layout.ts';
import type {Finding, Verification} from '../../store/upkeep/verify-store.ts';
import {formatBytes} from '../format/bytes.ts';
import {formatDuration} from '../format/duration.ts';
import {formatCount} from '../format/number.ts';

export interface VerificationFrame {
  readonly store: Store;
  readonly journals: readonly JournalFault[];
  /** The command that sets damaged files aside. */
  readonly repair: string;
  /** Number of files set aside. Absent: this was not requested. */
  readonly repaired?: number;
}

/** The findings in a store, their meaning and the consequences. */
export function verificationText(verification: Verification, frame: VerificationFrame): string {
  const {findings, results, artifacts, bytes} = verification;
  const counts = [
    `${formatCount(results)} ${results === 1 ? 'result' : 'results'}`,
    `${formatCount(artifacts)} ${artifacts === 1 ? 'artifact' : 'artifacts'}`,
    `${formatBytes(bytes)} read`,
  ];
  const opening = findings.length === 0 ? 'All is well' : `${findings.length} damaged`;
  const lines = [
    ...findings.map((finding) => `✗ ${findingText(finding, frame.store)}`),
    ...notes(verification, frame.journals).map((note) => `· ${note}`),
    `${opening}: ${counts.join(', ')}.`,
    ...(findings.length === 0 ? [] : consequences(frame)),
  ];
  return `${lines.join('\n')}\n`;
}

function consequences({repair, repaired}: VerificationFrame): readonly string[] {
  if (repaired !== undefined) {
    const files = repaired === 1 ? '1 file was' : `${formatCount(repaired)} files were`;
    return [`${files} moved to quarantine/. The next run that needs them makes them again.`];
  }
  return [
    // Nothing reads the last results of a pipeline, so a run checks only their size and time.
    'The next run makes missing and cut artifacts again if it needs them; other damage is found when a stage is about to read it.',
    `To set all of this aside now, so that it is made again in any case: ${repair}`,
  ];
}

function findingText(finding: Finding, store: Store): string {
  switch (finding.kind) {
    case 'record-corrupt':
      return `The record ${short(finding.key)} is not a complete record of its key, and is ignored.`;
    case 'artifact-damaged': {
      const {of} = finding;
      const whose =
        of === undefined ? '' : `, the output ${of.output} of ${of.type} ${short(of.key)},`;
      return `The artifact ${path.relative(store.root, finding.path)}${whose} ${damageText(finding)}.`;
    }
    case 'artifact-missing':
      return `The output ${finding.output} of ${finding.type} ${short(finding.key)} is gone (artifact ${short(finding.digest)}).`;
    case 'artifact-malformed':
      return `The output ${finding.output} of ${finding.type} ${short(finding.key)} ${finding.fault} (artifact ${short(finding.digest)}).`;
    case 'fingerprint-damaged':
      return `The fingerprint of ${short(finding.key)} does not match its key. The result can be used, but plan cannot compare with it.`;
    case 'checkpoint-damaged':
      return `The checkpoint ${path.relative(store.root, finding.path)} is damaged. The instance continues from an older one, or starts over.`;
  }
}

function damageText({error, sizes}: Extract<Finding, {kind: 'artifact-damaged'}>): string {
  if (error !== undefined) return `cannot be read (${error})`;
  if (sizes === undefined) return 'does not match its digest';
  const {is, was} = sizes;
  if (is < was) return `is cut short: ${formatCount(is)} of its ${formatCount(was)} bytes are left`;
  return `is longer than it was: it has ${formatCount(is)} bytes, and had ${formatCount(was)}`;
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

/** Remarks that are not damage. */
function notes(
  {unnamed, withoutFingerprint, unexpected}: Verification,
  journals: readonly JournalFault[],
): readonly string[] {
  const notes: string[] = [];
  if (unnamed.count > 0) {
    const what = unnamed.count === 1 ? 'artifact belongs' : 'artifacts belong';
    const size = formatBytes(unnamed.bytes);
    notes.push(
      `${formatCount(unnamed.count)} ${what} to no result (${size}): gc removes those older than an hour.`,
    );
  }
  if (withoutFingerprint > 0) {
    const what = withoutFingerprint === 1 ? 'result has' : 'results have';
    notes.push(
      `${formatCount(withoutFingerprint)} ${what} no fingerprint: they can be used, but plan cannot compare with them.`,
    );
  }
  if (unexpected.length > 0) notes.push(unexpectedText(unexpected));
  for (const {run, unreadable, isTorn} of journals) {
    if (unreadable > 0) {
      const what = unreadable === 1 ? 'line' : 'lines';
      const verb = unreadable === 1 ? 'holds' : 'hold';
      notes.push(
        `${unreadable} ${what} of the journal of ${run} ${verb} no event: the run cannot be shown completely.`,
      );
    }
    if (isTorn) {
      notes.push(`The journal of ${run} ends within a line: that run was ended from outside.`);
    }
  }
  return notes;
}

/** Number of unexpected files to name. */
const maxShown = 3;

function unexpectedText(unexpected: readonly string[]): string {
  const shown = unexpected.slice(0, maxShown).join(', ');
  const more = unexpected.length - maxShown;
  const names = more > 0 ? `${shown} and ${formatCount(more)} more` : shown;
  return unexpected.length === 1
    ? `${names} is not a file of the store, and is left alone.`
    : `${names} are not files of the store, and are left alone.`;
}

/** The progress of reading: `1.2 GB of 30 GB, 150 MB/s, 3 min 12 s left`. */
export function progressText(doneBytes: number, totalBytes: number, elapsedMs: number): string {
  const rate = (1000 * doneBytes) / Math.max(1, elapsedMs);
  const left =
    rate === 0 ? '' : `, ${formatDuration((1000 * (totalBytes - doneBytes)) / rate)} left`;
  return `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, ${formatBytes(rate)}/s${left}`;
}
