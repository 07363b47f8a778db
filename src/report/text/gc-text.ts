import type {GcDone} from '../../store/upkeep/gc.ts';
import type {GcPlan, Need} from '../../store/upkeep/gc-plan.ts';
import type {Key} from '../../store/records/record.ts';
import type {StoredResult} from '../../store/upkeep/inventory.ts';
import {formatAge, formatBytes} from '../format/bytes.ts';
import {resultNames, type ParamsOf} from './result-names.ts';
import {textTable, type TextColumn} from '../format/text-table.ts';

/**
 * The planned removals of a clean-up: what they free, and each with its reason. Lines are mostly within a number of
 * columns.
 */
export function gcPlanText(
  plan: GcPlan,
  {
    nowMs,
    instanceOf,
    paramsOf,
    columns,
  }: {
    readonly nowMs: number;
    /** The instance of a result in the newest run that used it; absent: no run is known that did. */
    readonly instanceOf: ReadonlyMap<Key, string>;
    readonly paramsOf: ParamsOf;
    readonly columns: number;
  },
): string {
  const {results, spared} = plan;
  const names = resultNames(
    [...results, ...spared].map(({result}) => result),
    paramsOf,
  );
  const cells = (result: StoredResult): readonly string[] => [
    `  ${result.key.slice(0, 8)}`,
    instanceOf.get(result.key) ?? names.get(result.key)!,
    usedText(nowMs - result.usedMs),
  ];
  const going = results.map((doomed) => [
    ...cells(doomed.result),
    doomed.why === 'age' ? 'too old' : 'over the size',
    formatBytes(doomed.freedBytes),
  ]);
  const staying = spared.map(({result, need}) => [...cells(result), needText(need)]);
  const lines = [
    `${removalText(plan)}; ${keptText(plan)}.`,
    ...(results.length === 0 ? [] : ['Would go:']),
    ...table([{title: 'why'}, {title: 'frees', align: 'right'}], going, columns),
    ...otherLines(plan).map((text) => `  ${text}`),
    ...(staying.length === 0 ? [] : ['Kept although over the limits:']),
    ...table([{title: 'needed by'}], staying, columns),
    ...keptRunLines(plan),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function table(
  last: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  columns: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const first = [{title: '  key', whole: true}, {title: 'result'}, {title: 'used'}] as const;
  return textTable([...first, ...last], rows, columns);
}

function usedText(ageMs: number): string {
  const text = formatAge(ageMs);
  return text === 'just now' ? text : `${text} ago`;
}

/** The removals of a clean-up. */
export function gcDoneText(done: GcDone, plan: GcPlan): string {
  const others = otherLines({...plan, unnamed: {count: 0, bytes: 0}});
  const lines = [
    `Removed ${count(done.results, 'result')} and ${count(done.blobs, 'artifact')}: ${formatBytes(done.bytes)}.`,
    ...(others.length === 0 ? [] : [`Also removed: ${others.join(', ')}.`]),
    ...(done.spared === 0 ? [] : [`Kept because they were used meanwhile: ${done.spared}.`]),
    ...(plan.spared.length === 0 ? [] : [`${sparedText(plan)} although over the limits.`]),
    ...keptRunLines(plan),
    `${capitalised(keptText(plan))}.`,
  ];
  return `${lines.join('\n')}\n`;
}

function removalText(plan: GcPlan): string {
  const {length} = plan.results;
  const results =
    length === 0 ? 'No result would be removed' : `Would remove ${count(length, 'result')}`;
  const bytes = freedBytes(plan);
  return bytes === 0 ? results : `${results} and free ${formatBytes(bytes)}`;
}

function freedBytes({results, unnamed}: GcPlan): number {
  return results.reduce((sum, doomed) => sum + doomed.freedBytes, unnamed.bytes);
}

/** The line that old runs are kept, with the option that removes them. */
function keptRunLines({keptRuns}: GcPlan): readonly string[] {
  if (keptRuns === 0) return [];
  const runs = keptRuns === 1 ? '1 old run keeps its' : `${keptRuns} old runs keep their`;
  return [`${runs} results and reports: --runs removes them, too.`];
}

function keptText({kept}: GcPlan): string {
  return `${count(kept.results, 'result')} with ${formatBytes(kept.bytes)} of artifacts ${kept.results === 1 ? 'stays' : 'stay'}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function sparedText({spared}: GcPlan): string {
  return `${count(spared.length, 'result')} that a run needs ${spared.length === 1 ? 'was' : 'were'} kept`;
}

function needText(need: Need): string {
  switch (need.kind) {
    case 'pinned':
      return `${need.run}, pinned`;
    case 'live':
      return `${need.run}, running`;
    case 'computing':
      return `attempt ${need.attempt}`;
  }
}

function otherLines(plan: GcPlan): readonly string[] {
  const {unnamed, runs, checkpoints, fingerprints, quarantined} = plan;
  const sum = (files: readonly {readonly sizeBytes: number}[]): number =>
    files.reduce((bytes, {sizeBytes}) => bytes + sizeBytes, 0);
  const line = (number: number, one: string, many: string, bytes: number): readonly string[] =>
    number === 0 ? [] : [`${number} ${number === 1 ? one : many} (${formatBytes(bytes)})`];
  return [
    ...line(
      unnamed.count,
      'artifact that no result names',
      'artifacts that no result names',
      unnamed.bytes,
    ),
    ...line(runs.length, 'folder of an old run', 'folders of old runs', sum(runs)),
    ...line(
      checkpoints.length,
      'set of checkpoints without a result',
      'sets of checkpoints without a result',
      sum(checkpoints),
    ),
    ...line(
      fingerprints.length,
      'fingerprint without a result',
      'fingerprints without a result',
      sum(fingerprints),
    ),
    ...line(
      quarantined.length,
      'damaged file that was set aside',
      'damaged files that were set aside',
      sum(quarantined),
    ),
  ];
}

function count(number: number, what: string): string {
  const [noun = '', ...rest] = what.split(' ');
  const text = number === 1 ? noun : `${noun}s`;
  return [`${number}`, text, ...rest].join(' ');
}
