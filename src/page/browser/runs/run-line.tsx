import type {JSX} from 'preact';
import type {RunRow} from '../../model/runs/runs-parts.ts';
import {formatDuration} from '../../../report/format/duration.ts';
import {valueText} from '../charts/number-text.ts';
import {outcomeNames} from '../overview.tsx';
import {runAddress} from './addresses.ts';
import {mostChosen} from './chosen-bar.tsx';
import {metricOf, setText, type Column} from './sort-rows.ts';
import {Swatch} from '../charts/swatch.tsx';

/** A run in the list. */
export function RunLine({
  row,
  columns,
  metric,
  chosen,
  onChoose,
}: {
  row: RunRow;
  columns: readonly Column[];
  metric: string | undefined;
  chosen: readonly string[];
  onChoose: (runs: readonly string[]) => void;
}): JSX.Element {
  const {run} = row;
  const place = chosen.indexOf(run);
  const choose = (): void =>
    onChoose(place < 0 ? [...chosen, run] : chosen.filter((one) => one !== run));
  return (
    <tr class={place < 0 ? '' : 'is-chosen'}>
      <td class="choose">
        <label>
          <span class="hidden">Choose {run}</span>
          <input
            type="checkbox"
            checked={place >= 0}
            disabled={place < 0 && chosen.length >= mostChosen}
            onChange={choose}
          />
          {place >= 0 && <Swatch colour={place} />}
        </label>
      </td>
      {columns.map((column) => (
        <Cell key={column} {...{row, column, metric}} />
      ))}
    </tr>
  );
}

function Cell({
  row,
  column,
  metric,
}: {
  row: RunRow;
  column: Column;
  metric: string | undefined;
}): JSX.Element {
  const {run, state, pipeline, startMs, durationMs, done, total} = row;
  switch (column) {
    case 'run':
      return (
        <th scope="row" class="run-name">
          <a class="mono" href={runAddress(run)}>
            {run}
          </a>
          <small class="hint">{pipeline}</small>
        </th>
      );
    case 'started':
      return <td>{startMs === undefined ? '–' : timeText(startMs)}</td>;
    case 'state':
      return (
        <td>
          <span class={`chip outcome-${state}`}>{outcomeNames[state]}</span>
          {state !== 'ok' && (
            <small class="hint">
              {done} of {total}
            </small>
          )}
        </td>
      );
    case 'metric': {
      const found = metricOf(row, metric);
      return (
        <td class="right">{found === undefined ? '–' : valueText(found.value, found.name)}</td>
      );
    }
    case 'set':
      return <td class="set mono">{setText(row)}</td>;
    case 'took':
      return <td class="right">{durationMs === undefined ? '–' : formatDuration(durationMs)}</td>;
  }
}

/** A time where the reader is. */
function timeText(ms: number): string {
  return new Date(ms).toLocaleString(undefined, {dateStyle: 'medium', timeStyle: 'short'});
}
