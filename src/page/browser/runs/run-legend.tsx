import type {JSX} from 'preact';
import type {RunMark} from '../../model/parts.ts';
import type {ComparisonPart} from '../../model/runs/runs-parts.ts';
import {setText} from './sort-rows.ts';
import {Swatch} from '../charts/swatch.tsx';

/** The colours and letters of the runs. */
export function RunLegend({runs}: {runs: ComparisonPart['runs']}): JSX.Element {
  return (
    <ul class="legend run-legend" aria-label="The runs">
      {runs.map((row) => (
        <li key={row.run}>
          <Mark mark={row.mark} /> {setText(row) || row.run}
        </li>
      ))}
    </ul>
  );
}

/** The letter of a run, with its colour. */
export function Mark({mark}: {mark: RunMark}): JSX.Element {
  return (
    <span class="run-mark">
      <Swatch colour={mark.colour} /> {mark.label}
    </span>
  );
}
