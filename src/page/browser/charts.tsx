import type {JSX} from 'preact';
import {useMemo, useState} from 'preact/hooks';
import type UPlot from 'uplot';
import type {ChartPart, Curve} from '../model/parts.ts';
import {numberText, Plot} from './plot.tsx';

/** The charts that most people look for, in this order; the others follow on demand. */
const first = [
  'loss',
  'step size',
  'accuracy',
  'test accuracy',
  'train accuracy',
  'test loss',
  'train loss',
];

/** Curves by iteration or epoch; those of distillation come before those of training. */
export function Charts({
  charts,
  theme,
}: {
  charts: readonly ChartPart[];
  theme: string;
}): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const rank = ({title, axis}: ChartPart): number => {
    const index = first.indexOf(title);
    return (axis === 'iteration' ? 0 : 100) + (index < 0 ? 50 : index);
  };
  const sorted = [...charts].sort((a, b) => rank(a) - rank(b));
  const main = sorted.filter(({title}) => first.includes(title));
  const shown = isWhole || main.length === 0 ? sorted : main;
  return (
    <>
      <div class="charts">
        {shown.map((chart) => (
          <Chart key={`${chart.stage} ${chart.title} ${chart.axis}`} chart={chart} theme={theme} />
        ))}
      </div>
      {main.length > 0 && sorted.length > main.length && (
        <button
          type="button"
          class="quiet"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? 'Show fewer' : `Show ${sorted.length - main.length} more`}
        </button>
      )}
    </>
  );
}

function Chart({chart, theme}: {chart: ChartPart; theme: string}): JSX.Element {
  const {title, stage, axis, curves, more} = chart;
  const data = useMemo(() => aligned(curves), [curves]);
  const series = curves.map(({name}, index) => ({
    name: curves.length === 1 ? title : shortName(name, stage),
    colour: index % 8,
  }));
  return (
    <figure class="card chart">
      <figcaption>
        <h3>{title}</h3>
        <p class="hint">
          {stage}, by {axis}
          {curves.length > 1 && `, ${curves.length} curves`}
          {more > 0 && ` and ${more} more that are not shown`}
        </p>
      </figcaption>
      <Plot series={series} data={data} axis={axis} theme={theme} text={textOf(chart)} />
      <Numbers chart={chart} />
    </figure>
  );
}

/** Aligns curves over all values of x that any of them has. */
function aligned(curves: readonly Curve[]): UPlot.AlignedData {
  const x = [...new Set(curves.flatMap((curve) => [...curve.x]))].sort((a, b) => a - b);
  const columns = curves.map((curve) => {
    const values = new Map(curve.x.map((step, index) => [step, curve.y[index] ?? null]));
    return x.map((step) => values.get(step) ?? null);
  });
  return [x, ...columns];
}

/** `[expert=3]` for `expert[expert=3]`. */
function shortName(name: string, stage: string): string {
  return name.startsWith(stage) && name.length > stage.length ? name.slice(stage.length) : name;
}

function textOf({title, stage, axis, curves}: ChartPart): string {
  const parts = curves.slice(0, 4).map(({name, x, y}) => {
    const numbers = y.filter((value) => value !== null);
    const [start, end] = [numbers[0], numbers.at(-1)];
    if (start === undefined || end === undefined) return `${name}: no numbers`;
    const least = numbers.reduce((a, b) => Math.min(a, b));
    const greatest = numbers.reduce((a, b) => Math.max(a, b));
    return (
      `${name}: ${numberText(start)} at ${axis} ${x[0]}, ${numberText(end)} at ${axis} ${x.at(-1)}, ` +
      `least ${numberText(least)}, greatest ${numberText(greatest)}`
    );
  });
  const more = curves.length > parts.length ? `; and ${curves.length - parts.length} more` : '';
  return `${title} of ${stage} by ${axis}. ${parts.join('; ')}${more}`;
}

/** Number of rows of numbers to show. */
const shownRows = 60;

/** The numbers of a chart as a table, drawn on demand. */
function Numbers({chart: {axis, curves, stage}}: {chart: ChartPart}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({currentTarget}) => setOpen(currentTarget.open)}>
      <summary>Numbers</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="group" aria-label="Numbers">
          <table class="data">
            <thead>
              <tr>
                <th scope="col">{axis}</th>
                {curves.map(({name}) => (
                  <th key={name} scope="col" class="right">
                    {curves.length === 1 ? 'value' : shortName(name, stage)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsOf(curves).map(([step, ...values]) => (
                <tr key={step}>
                  <th scope="row">{step}</th>
                  {values.map((value, index) => (
                    <td key={index} class="right">
                      {value === null || value === undefined ? '–' : numberText(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

/** Evenly spaced rows. */
function rowsOf(curves: readonly Curve[]): readonly (readonly (number | null)[])[] {
  const [x, ...columns] = aligned(curves) as unknown as readonly (readonly (number | null)[])[];
  const count = Math.min(shownRows, x!.length);
  return Array.from({length: count}, (_, row) => {
    const index = count === 1 ? 0 : Math.round((row * (x!.length - 1)) / (count - 1));
    return [x![index]!, ...columns.map((column) => column[index] ?? null)];
  });
}
