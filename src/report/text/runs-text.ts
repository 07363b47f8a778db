import {formatAge} from '../format/bytes.ts';
import {formatLargest} from '../format/duration.ts';
import {formatNumber} from '../format/number.ts';
import {textTable} from '../format/text-table.ts';
import type {Metric} from '../../compare/run-metrics.ts';
import type {RunSummary} from '../../compare/run-summary.ts';

/** How runs are listed. */
export interface RunsFrame {
  readonly columns: number;
  readonly nowMs: number;
  /** The names of the metrics to show. */
  readonly metrics: readonly string[];
  /** What to call a run: an unambiguous beginning of its name. */
  readonly shortOf: (run: string) => string;
}

/** The lines of a list of runs, one for each. */
export function runsLines(runs: readonly RunSummary[], frame: RunsFrame): readonly string[] {
  const titles = titlesOf(frame.metrics, runs);
  return textTable(
    [
      {title: 'run', whole: true},
      {title: 'pipeline', least: 12},
      {title: 'age', align: 'right', whole: true},
      {title: 'took', align: 'right', whole: true},
      {title: 'outcome', whole: true},
      ...titles.map((title) => ({title, align: 'right', whole: true}) as const),
      {title: 'set'},
    ],
    runs.map((run) => cells(run, frame)),
    frame.columns,
  );
}

function cells(run: RunSummary, {nowMs, metrics, shortOf}: RunsFrame): readonly string[] {
  const {startMs, durationMs, pipeline = '', outcome, set} = run;
  return [
    shortOf(run.run),
    pipeline,
    startMs === undefined ? '' : formatAge(nowMs - startMs),
    durationMs === undefined ? '' : formatLargest(durationMs),
    outcome,
    ...metrics.map((name) => metricText(run.metrics.get(name))),
    Array.from(set, ([name, value]) => `${name}=${value}`).join(' '),
  ];
}

/** A metric, with how many of the instances it is the mean over if some are missing. */
export function metricText(metric: Metric | undefined): string {
  if (metric === undefined) return '–';
  const {value, count, total} = metric;
  return formatNumber(value) + (count < total ? ` (${count}/${total})` : '');
}

/** The columns of metrics: the name of the column, or the whole name if two have the same. */
function titlesOf(metrics: readonly string[], runs: readonly RunSummary[]): readonly string[] {
  const columns = metrics.map(
    (name) =>
      runs.map((run) => run.metrics.get(name)).find((metric) => metric !== undefined)?.column ??
      name,
  );
  return metrics.map((name, index) =>
    columns.filter((column) => column === columns[index]).length > 1 ? name : columns[index]!,
  );
}
