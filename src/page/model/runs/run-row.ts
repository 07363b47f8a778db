import type {RunSummary} from '../../../compare/run-summary.ts';
import type {RunRow} from './runs-parts.ts';

/** A run among others, for display. */
export function runRow(summary: RunSummary): RunRow {
  const {run, pipeline = '', outcome, startMs, durationMs, instances, hits, ran} = summary;
  return {
    run,
    pipeline,
    state: outcome,
    ...(startMs !== undefined && {startMs}),
    ...(durationMs !== undefined && {durationMs}),
    done: hits + ran,
    total: instances,
    set: [...summary.set],
    metrics: Array.from(summary.metrics.values(), ({name, value, best}) => ({
      name,
      value,
      ...(best && {best}),
    })),
  };
}
