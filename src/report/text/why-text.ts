import type {Digest} from '../../base/digest.ts';
import type {Cause, Explanation, Origin} from '../../plan/why.ts';
import type {Instance} from '../../pipeline/graph/instance.ts';
import type {Planned} from '../../plan/plan-graph.ts';
import type {Reason} from '../../plan/verdict.ts';
import {blobPath, type Store} from '../../store/layout.ts';
import type {Key, StageRecord} from '../../store/records/record.ts';
import {describeReason, describeReasonOf} from './describe.ts';
import {formatDuration} from '../format/duration.ts';
import {formatMoment} from '../format/time.ts';
import type {InstanceTrace} from '../../journal/instance-traces.ts';
import {lineageLines} from './lineage-text.ts';
import {displayPath} from './run-place.ts';

/** Information about an instance beside its explanation. */
export interface WhyPlace {
  readonly store: Store;
  readonly cwd: string;
  /** The run that made the stored result, and its reasons. */
  readonly origin?: InstanceTrace & {readonly causes: readonly Cause[]};
  /** The newest run with the instance. */
  readonly latest?: InstanceTrace;
  /** Everything that a stored result was made from. Empty: not shown. */
  readonly lineage: readonly Planned[];
}

/** A line, and the lines below it. */
interface Tree {
  readonly text: string;
  readonly below: readonly Tree[];
}

/** Why an instance would run now, or since when and why its result is stored. */
export function whyText(explanation: Explanation, place: WhyPlace): string {
  const {planned, causes} = explanation;
  const {instance, verdict} = planned;
  const head = `${verdict.kind.padEnd(5)}  ${instance.id}  (${instance.type.contract.type})`;
  const lines =
    verdict.kind === 'hit'
      ? hitLines(verdict.record, place)
      : [
          ...treeLines(causes.map((cause) => causeTree(cause, place, instance))),
          ...comparedLines(explanation),
          ...('key' in verdict ? [`key ${verdict.key}`] : []),
          ...latestLines(place, 'key' in verdict ? verdict.key : undefined),
        ];
  return `${[head, ...lines.map((line) => `       ${line}`)].join('\n')}\n`;
}

function hitLines(record: StageRecord, place: WhyPlace): readonly string[] {
  const {origin, latest} = place;
  const facts = Object.entries(record.provenance).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const by = origin === undefined ? 'a run that is gone' : `the run ${origin.run}`;
  return [
    `stored since ${formatMoment(record.finishedAt)}, after ${formatDuration(record.durationMs)} of work`,
    `made by ${by}, attempt ${record.attempt}, on ${record.host}`,
    ...facts,
    `key ${record.key}`,
    ...becauseLines(origin?.causes ?? [], place),
    ...(latest === undefined || latest.run === origin?.run ? [] : latestLines(place, record.key)),
    ...lineageLines(place.lineage),
  ];
}

function becauseLines(causes: readonly Cause[], place: WhyPlace): readonly string[] {
  const [first, ...others] = treeLines(causes.map((cause) => causeTree(cause, place)));
  if (first === undefined) return [];
  if (causes.length === 1) return [`it ran because ${first}`, ...others];
  return ['it ran because', ...[first, ...others].map((line) => `  ${line}`)];
}

function comparedLines({past, pastCount}: Explanation): readonly string[] {
  if (past === undefined) return [];
  const when = past.record === undefined ? '' : ` of ${formatMoment(past.record.finishedAt)}`;
  const of = pastCount === 1 ? 'the only one' : `the nearest of ${pastCount}`;
  return [`compared with the result${when}, ${of} of its stage type (key ${short(past.key)})`];
}

/** The action of the newest run on the instance, which may have had another key then: `key` is the present one. */
function latestLines({latest}: WhyPlace, key: Key | undefined): readonly string[] {
  if (latest === undefined) return ['no run has had it'];
  const {run, reasons, last} = latest;
  const other =
    key === undefined || latest.key === undefined || latest.key === key
      ? ''
      : `had another key (${short(latest.key)}) and `;
  const why =
    reasons === undefined ? '' : `, started because ${reasons.map(describeReason).join('; ')}`;
  return [`in the run ${run} it ${other}${fates[last.kind] ?? `was ${last.kind}`}${why}`];
}

const fates: Readonly<Partial<Record<InstanceTrace['last']['kind'], string>>> = {
  hit: 'was stored already',
  started: 'was begun and not finished',
  resumed: 'was begun and not finished',
  overdue: 'was begun and not finished',
  quiet: 'was begun and not finished',
  stirred: 'was begun and not finished',
  retrying: 'failed and was to be tried again',
  failed: 'failed',
  waiting: 'was left to another process',
  'waiting-for-gpu': 'waited for a GPU',
  fetching: 'fetched inputs',
};

/** @param of the instance of the reason, whose arguments then have names */
function causeTree(
  {reason, origins, more, counts}: Cause,
  place: WhyPlace,
  of: Pick<Instance, 'writtenAs'> = {},
): Tree {
  const below = origins.map((origin) => originTree(origin, place));
  if (more > 0) below.push({text: `and ${more} more`, below: []});
  return {text: reasonText(reason, place, of) + countsText(counts, below.length), below};
}

function countsText(counts: Cause['counts'], told: number): string {
  if (counts === undefined) return '';
  const {was, now} = counts;
  if (was !== now) return `: ${now} artifacts, ${was} before`;
  return told === 0 ? ': the same artifacts in another order' : '';
}

function originTree({kind, instance, causes}: Origin, place: WhyPlace): Tree {
  const below = causes.map((cause) => causeTree(cause, place));
  return {text: `${instance} ${originTexts[kind]}`, below};
}

const originTexts: Readonly<Record<Origin['kind'], string>> = {
  pending: 'will run first',
  changed: 'gives other bytes than before',
  remade: 'was made again and gave other bytes',
  added: 'was not among them',
  unknown: 'gives new bytes; the producer of the earlier ones is not known',
};

function reasonText(
  reason: Reason,
  {store, cwd}: WhyPlace,
  of: Pick<Instance, 'writtenAs'>,
): string {
  if (reason.kind === 'upstream') return 'an input is not there yet';
  const text = describeReasonOf(reason, of);
  if (!('digest' in reason)) return text;
  return `${text}: ${displayPath(blobPath(store, reason.digest as Digest), cwd)}`;
}

/** Lines with the branches of a tree before those below others. */
function treeLines(trees: readonly Tree[]): readonly string[] {
  return trees.flatMap(({text, below}) => [text, ...branches(below)]);
}

function branches(trees: readonly Tree[]): readonly string[] {
  return trees.flatMap(({text, below}, index) => {
    const isLast = index === trees.length - 1;
    const inner = branches(below).map((line) => `${isLast ? '   ' : '│  '}${line}`);
    return [`${isLast ? '└─' : '├─'} ${text}`, ...inner];
  });
}

function short(key: string): string {
  return `${key.slice(0, 8)}…`;
}
