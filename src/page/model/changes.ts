import {canonicalJson} from '../../base/canonical-json.ts';
import {ownProperty} from '../../base/own-property.ts';
import {explainChange} from '../../plan/explain-change.ts';
import {readRunStart} from '../../journal/journal.ts';
import {listRuns} from '../../journal/find-run.ts';
import {journalPath, type Store} from '../../store/layout.ts';
import {readFingerprint} from '../../store/records/read-fingerprint.ts';
import type {RecordedOutput, StageRecord} from '../../store/records/record.ts';
import {describeReason} from '../../report/text/describe.ts';
import {readRun, resultOf, type RunAccount} from '../../journal/run-account.ts';
import type {ChangesPart} from './parts.ts';

/** The differences between a run and the previous one of the same pipeline file; `undefined`: there is none. */
export function changesSince(run: RunAccount, store: Store): ChangesPart | undefined {
  const before = runBefore(run, store);
  if (before === undefined) return undefined;
  const changed: {id: string; what: readonly string[]}[] = [];
  let same = 0;
  for (const [id, account] of run.instances) {
    const earlier = before.instances.get(id);
    if (earlier === undefined) continue;
    const [was, now] = [resultOf(store, earlier), resultOf(store, account)];
    if (was === undefined || now === undefined) {
      if (earlier.standing !== account.standing)
        changed.push({id, what: [`${earlier.standing} → ${account.standing}`]});
      continue;
    }
    const what = differences(was, now, store);
    if (what.length === 0) same++;
    else changed.push({id, what});
  }
  return {
    before: before.run,
    added: onlyIn(run, before),
    removed: onlyIn(before, run),
    changed,
    same,
  };
}

function onlyIn(one: RunAccount, other: RunAccount): readonly string[] {
  return [...one.instances.keys()].filter((id) => !other.instances.has(id));
}

function runBefore(run: RunAccount, store: Store): RunAccount | undefined {
  const earlier = listRuns(store).filter((name) => name < run.run);
  const found = earlier.findLast(
    (name) => readRunStart(journalPath(store, name))?.pipeline === run.started?.pipeline,
  );
  return found === undefined ? undefined : readRun(store, found);
}

/** The differences between two results: fields of their fingerprints, and outputs with different bytes. */
function differences(was: StageRecord, now: StageRecord, store: Store): readonly string[] {
  const names = [...new Set([...Object.keys(was.outputs), ...Object.keys(now.outputs)])];
  const other = names.filter(
    (name) =>
      digestsText(ownProperty(was.outputs, name)) !== digestsText(ownProperty(now.outputs, name)),
  );
  if (was.key === now.key && other.length === 0) return [];
  const [a, b] = [readFingerprint(store, was), readFingerprint(store, now)];
  const reasons = a === undefined || b === undefined ? [] : explainChange(a, b);
  const outputs =
    other.length === 0
      ? 'the same bytes as before'
      : `other bytes: ${other.map((name) => `\`${name}\``).join(', ')}`;
  return [...reasons.map(describeReason), outputs];
}

function digestsText(output: RecordedOutput | undefined): string {
  return canonicalJson((output?.artifacts ?? []).map(({digest}) => String(digest)));
}
