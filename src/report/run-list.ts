import {formatDuration} from './duration.ts';
import {formatMoment} from './moment.ts';
import type {RunAccount} from './run-account.ts';
import {textTable} from './text-table.ts';

/** Runs, a line each. */
export function runListText(runs: readonly RunAccount[], columns: number): string {
  const lines = textTable(
    [
      {title: 'run'},
      {title: 'outcome'},
      {title: 'stored', align: 'right'},
      {title: 'ran', align: 'right'},
      {title: 'failed', align: 'right'},
      {title: 'took', align: 'right'},
      {title: 'started'},
      {title: 'pipeline'},
    ],
    runs.map(cells),
    columns,
  );
  return lines.map((line) => `${line}\n`).join('');
}

function cells({run, started, finished, isLive, events, instances}: RunAccount): readonly string[] {
  const count = (wanted: string): string =>
    String([...instances.values()].filter(({standing}) => standing === wanted).length);
  if (started === undefined) return [run, 'killed', '', '', '', '', '', ''];
  const lastMs = isLive ? Date.now() : Date.parse(events.at(-1)!.at);
  return [
    run,
    finished?.outcome ?? (isLive ? 'running' : 'killed'),
    count('hit'),
    count('finished'),
    count('failed'),
    formatDuration(finished?.durationMs ?? lastMs - Date.parse(started.at)),
    formatMoment(started.at),
    started.pipeline,
  ];
}
