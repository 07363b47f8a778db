import type {JSX} from 'preact';
import type {ComparisonPart} from '../../model/runs/runs-parts.ts';
import {formatDuration} from '../../../report/format/duration.ts';
import {outcomeNames} from '../overview.tsx';
import {runAddress} from './addresses.ts';
import {Mark} from './run-legend.tsx';
import {setText} from './sort-rows.ts';

/** The runs that are compared, each with a link to its page if there is one. */
export function ComparedRuns({
  runs,
  above,
}: {
  runs: ComparisonPart['runs'];
  /** The address of the page of all runs. */
  above: string | undefined;
}): JSX.Element {
  return (
    <ul class="compared-runs">
      {runs.map((row) => {
        const {run, mark, state, done, total, durationMs} = row;
        return (
          <li key={run} class="card">
            <p>
              <Mark mark={mark} />{' '}
              <span class={`chip outcome-${state}`}>{outcomeNames[state]}</span>
            </p>
            <p class="mono">
              {above === undefined ? run : <a href={above + runAddress(run)}>{run}</a>}
            </p>
            {row.set.length > 0 && <p class="mono hint">{setText(row)}</p>}
            <p class="hint">
              {done} of {total} instances
              {durationMs !== undefined && `, ${formatDuration(durationMs)}`}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
