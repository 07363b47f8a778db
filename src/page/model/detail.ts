import path from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import {readEnd} from '../../base/read-end.ts';
import type {Digest} from '../../base/digest.ts';
import type {Fingerprint} from '../../store/records/fingerprint.ts';
import type {Store} from '../../store/layout.ts';
import type {StageRecord} from '../../store/records/record.ts';
import {formatBytes} from '../../report/format/bytes.ts';
import {describeCause} from '../../report/text/describe.ts';
import {resultSections, shownDigits} from '../../report/text/result-text.ts';
import type {InstanceAccount} from '../../journal/run-account.ts';
import type {Detail, Pair} from './parts.ts';

/** Number of an input's or output's artifacts to list. */
const listed = 12;

/** Number of bytes shown from the end of a log. */
const logBytes = 4000;

/** The details of an instance, for display. */
export function detailOf(given: {
  readonly account: InstanceAccount;
  readonly record: StageRecord | undefined;
  readonly fingerprint: Fingerprint | undefined;
  /** The reasons for which it was started, as sentences. */
  readonly reasons: readonly string[];
  /** The producer of each artifact, by digest. */
  readonly sources: ReadonlyMap<Digest, string>;
  readonly store: Store;
}): Detail {
  const {account, record, fingerprint, reasons, sources, store} = given;
  const result =
    record === undefined
      ? []
      : resultSections({record, ...(fingerprint && {fingerprint}), sources: new Map()});
  const log = account.logs.at(-1);
  const sections = [
    {
      title: 'failure',
      pairs: account.cause === undefined ? [] : [['cause', describeCause(account.cause)] as const],
    },
    {title: 'why it ran', pairs: reasons.map((reason) => ['', reason] as const)},
    ...result,
    {title: 'inputs', pairs: inputPairs(fingerprint, sources)},
    {title: 'outputs', pairs: record === undefined ? [] : outputPairs(record)},
    {
      title: 'log',
      pairs: account.logs.map((file, index) => [`attempt ${index + 1}`, file] as const),
    },
  ];
  return {
    sections: sections.filter(({pairs}) => pairs.length > 0),
    log: log === undefined ? undefined : endOf(path.join(store.root, log)),
  };
}

function inputPairs(
  fingerprint: Fingerprint | undefined,
  sources: ReadonlyMap<Digest, string>,
): readonly Pair[] {
  return Object.entries(fingerprint?.inputs ?? {}).flatMap(([port, digests]) =>
    shortened(
      port,
      digests.map((digest) =>
        [sources.get(digest), digest.slice(0, shownDigits)].filter(Boolean).join('  '),
      ),
    ),
  );
}

function outputPairs({outputs}: StageRecord): readonly Pair[] {
  return Object.entries(outputs).flatMap(([name, {media, artifacts}]) =>
    shortened(
      name,
      artifacts.map(
        ({digest, sizeBytes}) =>
          `${media}, ${formatBytes(sizeBytes)}  ${digest.slice(0, shownDigits)}`,
      ),
    ),
  );
}

function shortened(name: string, values: readonly string[]): readonly Pair[] {
  const isMany = values.length > 1;
  const pairs = values
    .slice(0, listed)
    .map((value, index): Pair => [isMany ? `${name}[${index}]` : name, value]);
  return values.length > listed ? [...pairs, ['', `and ${values.length - listed} more`]] : pairs;
}

/** The end of a text file, from the beginning of a line; `undefined`: it does not exist, or is empty. */
function endOf(file: string): string | undefined {
  const end = readEnd(file, logBytes);
  if (end === undefined) return undefined;
  const text = stripVTControlCharacters(end.text);
  if (text === '') return undefined;
  return end.isAll ? text : `…\n${text.slice(text.indexOf('\n') + 1)}`;
}
