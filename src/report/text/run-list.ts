import {formatDuration} from '../format/duration.ts';
import {formatAge} from '../format/bytes.ts';
import type {RunAccount} from '../../journal/run-account.ts';
import {textTable} from '../format/text-table.ts';

/** Runs, one line each. */
export function runListText(
  runs: readonly RunAccount[],
  {columns, nowMs}: {readonly columns: number; readonly nowMs: number},
): string {
  const lines = textTable(
    [
      {title: 'run', whole: true},
      {title: 'outcome', whole: true},
      {title: 'pipeline', least: 20},
      {title: 'took', align: 'right', whole: true},
      {title: 'started', whole: true},
      {title: 'stored', align: 'right'},
      {title: 'ran', align: 'right'},
      {title: 'failed', align: 'right'},
    ],
    runs.map((run) => cells(run, nowMs)),
    columns,
  );
  return lines.map((line) => `${line}\n`).join('');
}

function cells(account: RunAccount, nowMs: number): readonly string[] {
  const {run, started, finished, isLive, outcome, instances} = account;
  const count = (wanted: string): string =>
    String([...instances.values()].filter(({standing}) => standing === wanted).length);
  if (started === undefined) return [run, 'killed', '', '', '', '', '', ''];
  const lastMs = isLive ? nowMs : account.lastMs;
  return [
    run,
    outcome,
    started.pipeline,
    formatDuration(finished?.durationMs ?? lastMs - Date.parse(started.at)),
    age(started.at, nowMs),
    count('hit'),
    count('finished'),
    count('failed'),
  ];
}

function age(at: string, nowMs: number): string {
  const text = formatAge(nowMs - Date.parse(at));
  return text === 'just now' ? text : `${text} ago`;
}
