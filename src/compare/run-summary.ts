import type {Json} from '../base/json.ts';
import type {RunFacts} from '../journal/event.ts';
import type {RunAccount} from '../journal/run-account.ts';
import type {Metric} from './run-metrics.ts';

/** What is told of a run among others. */
export interface RunSummary {
  readonly run: string;
  /** The pipeline file. Absent, as are the fields below: the run was ended before it had begun. */
  readonly pipeline?: string;
  /** The command line that continues it. Absent: no command line started it. */
  readonly command?: string;
  /** In milliseconds since the epoch. */
  readonly startMs?: number;
  /** The duration, so far if the run goes on. */
  readonly durationMs?: number;
  readonly outcome: RunAccount['outcome'];
  /** Number of instances: all, and by what became of them. */
  readonly instances: number;
  readonly hits: number;
  readonly ran: number;
  readonly failed: number;
  /** What was set when it was started, by name, as written. */
  readonly set: ReadonlyMap<string, string>;
  /** The parameters of the pipeline. Absent: the run was made by an earlier version, or ended before it was planned. */
  readonly params?: ReadonlyMap<string, Json>;
  /** Absent: no command line started it. */
  readonly facts?: Pick<RunFacts, 'version' | 'commit' | 'processor' | 'node'>;
  readonly metrics: ReadonlyMap<string, Metric>;
}

/** Sums up a run. */
export function summariseRun(
  account: RunAccount,
  metrics: ReadonlyMap<string, Metric>,
  nowMs: number,
): RunSummary {
  const {run, started, finished, planned, facts, outcome, isLive, instances} = account;
  const counts = new Map<string, number>();
  for (const {standing} of instances.values()) {
    counts.set(standing, (counts.get(standing) ?? 0) + 1);
  }
  const startMs = started && Date.parse(started.at);
  const lastMs = isLive ? nowMs : account.lastMs;
  return {
    run,
    ...(started &&
      startMs !== undefined && {
        pipeline: started.pipeline,
        ...(started.command !== undefined && {command: started.command}),
        startMs,
        durationMs: finished?.durationMs ?? lastMs - startMs,
      }),
    outcome,
    instances: started?.instances ?? instances.size,
    hits: counts.get('hit') ?? 0,
    ran: counts.get('finished') ?? 0,
    failed: counts.get('failed') ?? 0,
    set: new Map((facts?.set ?? []).map(assignment)),
    ...(planned?.params && {params: new Map(Object.entries(planned.params))}),
    ...(facts && {facts: factsOf(facts)}),
    metrics,
  };
}

/** Without the text of the pipeline: summaries of many runs are in memory. */
function factsOf({version, commit, processor, node}: RunFacts): NonNullable<RunSummary['facts']> {
  return {version, processor, node, ...(commit !== undefined && {commit})};
}

/** The name and the value of `name=value`. */
function assignment(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
