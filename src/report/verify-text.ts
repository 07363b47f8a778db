import path from 'node:path';
import type {Store} from '../store/layout.ts';
import type {Finding, Verification} from '../store/verify-store.ts';
import {formatBytes} from './amounts.ts';
import {formatDuration} from './duration.ts';

/** What was found in a store, what it means and what will happen. */
export function verificationText(
  verification: Verification,
  given: {readonly store: Store; readonly repaired?: number},
): string {
  const {findings, results, artifacts, bytes, unnamed, withoutFingerprint, tornJournals} =
    verification;
  const {store, repaired} = given;
  const lines = [
    ...findings.map((finding) => `✗ ${findingText(finding, store, repaired !== undefined)}`),
    ...(unnamed.count === 0
      ? []
      : [
          `· ${unnamed.count} artifacts (${formatBytes(unnamed.bytes)}) belong to no result: attempts that were ended left them, and gc removes them.`,
        ]),
    ...(withoutFingerprint === 0
      ? []
      : [
          `· ${withoutFingerprint} results have no fingerprint: they count, but plan cannot compare with them.`,
        ]),
    ...tornJournals.map(
      (run) => `· The journal of ${run} ends within a line: that run was ended from outside.`,
    ),
    ...(repaired === undefined || findings.length === 0
      ? []
      : [`${repaired} files were moved to quarantine/.`]),
    ...(repaired === undefined && findings.length > 0
      ? ['To set all of this aside: pipeline verify --repair']
      : []),
    `${findings.length === 0 ? 'All is well' : `${findings.length} damaged`}: ${results} results, ${artifacts} artifacts, ${formatBytes(bytes)} read.`,
  ];
  return `${lines.join('\n')}\n`;
}

function findingText(finding: Finding, store: Store, repaired: boolean): string {
  const again = repaired
    ? 'It was set aside; the next run that needs it makes it again.'
    : 'The next run that needs it makes it again.';
  const short = (text: string): string => text.slice(0, 12);
  switch (finding.kind) {
    case 'record-corrupt':
      return `The record ${short(finding.key)} is no whole record of its key. It counts as none. ${again}`;
    case 'artifact-damaged': {
      const file = path.relative(store.root, finding.path);
      const fault =
        finding.error === undefined
          ? 'does not have the bytes that its name says'
          : `cannot be read (${finding.error})`;
      // Nobody reads the last results of a pipeline, so that only their size and time are looked at.
      const later = 'It is made again when a stage is about to read it.';
      const {of} = finding;
      const whose =
        of === undefined ? '' : `, the output ${of.output} of ${of.type} ${short(of.key)},`;
      return `The artifact ${file}${whose} ${fault}. ${repaired ? again : later}`;
    }
    case 'artifact-missing':
      return `The output ${finding.output} of ${finding.type} ${short(finding.key)} is gone (artifact ${short(finding.digest)}). ${again}`;
    case 'artifact-malformed':
      return `The output ${finding.output} of ${finding.type} ${short(finding.key)} ${finding.fault} (artifact ${short(finding.digest)}). ${again}`;
    case 'fingerprint-damaged':
      return `The fingerprint of ${short(finding.key)} is not what its key is the digest of. The result counts; plan cannot compare with it${repaired ? ', and it was set aside' : ''}.`;
    case 'checkpoint-damaged':
      return `The checkpoint ${path.relative(store.root, finding.path)} is damaged. The instance goes on from an older one, or begins anew.`;
  }
}

/** How far reading is: `1.2 GB of 30 GB, 150 MB/s, 3 min 12 s left`. */
export function progressText(doneBytes: number, totalBytes: number, elapsedMs: number): string {
  const rate = (1000 * doneBytes) / Math.max(1, elapsedMs);
  const left =
    rate === 0 ? '' : `, ${formatDuration((1000 * (totalBytes - doneBytes)) / rate)} left`;
  return `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}, ${formatBytes(rate)}/s${left}`;
}
