import type {ComponentChildren, JSX} from 'preact';
import type {ComparisonPart, MetricsRow, ValuesRow} from '../../model/runs/runs-parts.ts';
import {differenceText, valueText} from '../charts/number-text.ts';
import {useSome} from '../some.tsx';
import {Difference} from './difference.tsx';
import {Mark} from './run-legend.tsx';

/** Number of rows that are drawn at first. */
const shownAtFirst = 60;

/** Texts by name and run. Those that are as in the first run are grey. */
export function ValuesTable({
  runs,
  rows,
  label,
}: {
  runs: ComparisonPart['runs'];
  rows: readonly ValuesRow[];
  label: string;
}): JSX.Element {
  const [shown, more] = useSome(rows, shownAtFirst);
  if (rows.length === 0) return <p class="card">There are none.</p>;
  return (
    <RunColumns runs={runs} label={label} more={more}>
      {shown.map(({name, values}) => (
        <tr key={name}>
          <th scope="row" class="mono long">
            {name}
          </th>
          {values.map((value, run) => (
            <td key={run} class={run > 0 && value === values[0] ? 'mono long same' : 'mono long'}>
              {value}
            </td>
          ))}
        </tr>
      ))}
    </RunColumns>
  );
}

/** Numbers by name and run, with the differences from the first run; the best of each row is bold. */
export function MetricsTable({
  runs,
  rows,
}: {
  runs: ComparisonPart['runs'];
  rows: readonly MetricsRow[];
}): JSX.Element {
  const [shown, more] = useSome(rows, shownAtFirst);
  return (
    <RunColumns runs={runs} label="Numbers" more={more} isRight>
      {shown.map((row) => {
        const {name, of, values, differences} = row;
        // A part has the name of its instance; the column is that of the whole.
        const column = of ?? name;
        return (
          <tr key={`${of ?? ''} ${name}`}>
            <th scope="row" class={of === undefined ? 'mono long' : 'mono long part'}>
              {name}
            </th>
            {values.map((value, run) => (
              <td key={run} class="right">
                {value === null ? (
                  '–'
                ) : value === bestOf(row) ? (
                  <strong>
                    {valueText(value, column)}
                    <span class="hidden"> the best</span>
                  </strong>
                ) : (
                  valueText(value, column)
                )}
                {run > 0 && typeof differences[run] === 'number' && (
                  <Difference text={differenceText(differences[run], column)} />
                )}
              </td>
            ))}
          </tr>
        );
      })}
    </RunColumns>
  );
}

/** The best value, if something says which that is, and not all are equal. */
function bestOf({best, values}: MetricsRow): number | undefined {
  const numbers = values.filter((value) => value !== null);
  if (best === undefined || new Set(numbers).size < 2) return undefined;
  return best === 'highest' ? Math.max(...numbers) : Math.min(...numbers);
}

/** A table with a column for each run. */
function RunColumns({
  runs,
  label,
  more,
  isRight = false,
  children,
}: {
  runs: ComparisonPart['runs'];
  label: string;
  more: JSX.Element | null;
  isRight?: boolean;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <div class="card">
      <div class="scroll" tabIndex={0} role="group" aria-label={label}>
        <table class="data">
          <thead>
            <tr>
              <td />
              {runs.map(({run, mark}) => (
                <th key={run} scope="col" title={run} class={isRight ? 'right' : ''}>
                  <Mark mark={mark} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </div>
      {more}
    </div>
  );
}
