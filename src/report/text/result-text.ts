import type {Digest} from '../../base/digest.ts';
import type {Json} from '../../base/json.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {formatBytes} from '../format/bytes.ts';
import {describeEngine} from './describe.ts';
import {pairLines} from './description-text.ts';
import {formatDuration} from '../format/duration.ts';
import {formatMoment} from '../format/time.ts';
import {textTable} from '../format/text-table.ts';

/** Number of digits of a digest that suffice for display, and for naming it on a command line. */
export const shownDigits = 12;

/** A result, with its known origin. */
export interface ResultAccount {
  readonly record: StageRecord;
  /** Its instance. Absent: no kept run has it. */
  readonly instance?: string;
  /** What the author of its pipeline says about its stage. */
  readonly description?: string;
  readonly run?: string;
  /** Absent: it is gone. */
  readonly fingerprint?: Fingerprint;
  /** The producer of each artifact, such as `expert[seed=0].trajectory`. */
  readonly sources: ReadonlyMap<Digest, string>;
}

/** The origin and contents of a result, for display. */
export function resultText(account: ResultAccount, columns: number): string {
  const {record, instance, description, fingerprint} = account;
  const version = fingerprint === undefined ? '' : ` version ${fingerprint.version}`;
  const [made, ...sections] = resultSections(account);
  const lines = [
    `${instance ?? record.key.slice(0, shownDigits)}: ${record.type}${version}`,
    ...pairLines(
      [...(description === undefined ? [] : [['about', description] as const]), ...made!.pairs],
      columns,
    ),
    ...sections.flatMap(({title, pairs}) => section(title, pairs, columns)),
    ...inputLines(account, columns),
    ...outputLines(record, columns),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A group of names and values. */
export interface ResultSection {
  readonly title: string;
  readonly pairs: readonly (readonly [name: string, value: string])[];
}

/** The origin of a result without its inputs; the way it was made comes first. Sections may be empty. */
export function resultSections(account: ResultAccount): readonly ResultSection[] {
  const {record, run, fingerprint} = account;
  const {attempt, host, node} = record;
  const made: ResultSection['pairs'] = [
    ['key', record.key],
    ['made', `${formatMoment(record.finishedAt)}, in ${formatDuration(record.durationMs)}`],
    ['attempt', `${attempt} on ${host}, Node ${node.replace(/^v/, '')}`],
    ...(fingerprint?.engine ? [['numerics', describeEngine(fingerprint.engine)] as const] : []),
    ...(run === undefined ? [] : [['found in run', run] as const]),
  ];
  return [
    {title: 'made', pairs: made},
    {title: 'provenance', pairs: plainPairs(record.provenance)},
    {title: 'params', pairs: plainPairs(fingerprint?.params)},
    {title: 'environment', pairs: plainPairs(fingerprint?.environment)},
  ];
}

function plainPairs(values: Readonly<Record<string, unknown>> = {}): ResultSection['pairs'] {
  return Object.entries(values).map(([name, value]) => [name, plain(value as Json)]);
}

function section(
  title: string,
  pairs: readonly (readonly [string, string])[],
  columns: number,
): readonly string[] {
  return pairs.length === 0 ? [] : ['', title, ...pairLines(pairs, columns)];
}

function inputLines({fingerprint, sources}: ResultAccount, columns: number): readonly string[] {
  const rows = Object.entries(fingerprint?.inputs ?? {}).flatMap(([port, digests]) =>
    digests.map((digest, index) => [
      `  ${digests.length > 1 ? `${port}[${index}]` : port}`,
      digest.slice(0, shownDigits),
      sources.get(digest) ?? '',
    ]),
  );
  if (rows.length === 0) return [];
  return ['', ...textTable([{title: 'inputs'}, {title: 'digest'}, {title: 'from'}], rows, columns)];
}

function outputLines({outputs}: StageRecord, columns: number): readonly string[] {
  const rows = Object.entries(outputs).flatMap(([name, {media, artifacts}]) =>
    artifacts.map(({digest, sizeBytes}, index) => [
      `  ${artifacts.length > 1 ? `${name}[${index}]` : name}`,
      digest.slice(0, shownDigits),
      media,
      formatBytes(sizeBytes),
    ]),
  );
  const titles = [
    {title: 'outputs'},
    {title: 'digest'},
    {title: 'media'},
    {title: 'size', align: 'right'} as const,
  ];
  return ['', ...textTable(titles, rows, columns)];
}

/** A value for display: a text without quotes, anything else as JSON. */
export function plain(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
