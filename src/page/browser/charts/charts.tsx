import type {JSX} from 'preact';
import {useMemo, useState} from 'preact/hooks';
import type UPlot from 'uplot';
import type {ChartPart, Curve} from '../../model/parts.ts';
import {colourAt} from './palette.ts';
import {curveNames, groupsOf, type CurveGroup} from './curve-names.ts';
import {isShare, valueText} from './number-text.ts';
import {Plot, type Series} from './plot.tsx';
import {aligned, summary} from './summary-curves.ts';

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
  const known = sorted.filter(({title}) => first.includes(title));
  // A button that shows hardly any more than itself is not worth a click.
  const main = sorted.length - known.length < 3 ? sorted : known;
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
  const [isApart, setApart] = useState(false);
  const groups = groupsOf(chart);
  const isMany = groups.some((group) => group.curves.length >= summarised);
  const isSummary = isMany && !isApart;
  const data = useMemo(
    () => (isSummary ? summary(groups.map((group) => group.curves)) : aligned(curves)),
    [curves, isSummary],
  );
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
      <Plot
        series={isSummary ? groups.flatMap(summarySeries) : seriesOf(chart)}
        data={data as unknown as UPlot.AlignedData}
        axis={axis}
        theme={theme}
        text={textOf(chart)}
        isPercent={isShare(title)}
      />
      {isMany && (
        <button type="button" class="quiet" onClick={() => setApart(!isApart)}>
          {isApart ? 'Mean of the curves' : 'Each curve'}
        </button>
      )}
      <Numbers chart={chart} />
    </figure>
  );
}

/** From this number of curves on, a chart shows their mean first. */
const summarised = 6;

/** The mean, in a band from the smallest to the largest. */
function summarySeries({mark}: CurveGroup): readonly Series[] {
  const colour = colourAt(mark?.colour ?? 0);
  return [
    {name: mark === undefined ? 'mean' : mark.label, colour},
    {name: mark === undefined ? 'smallest' : '', colour, isEdge: true},
    {name: mark === undefined ? 'largest' : '', colour, isEdge: true},
  ];
}

function seriesOf(chart: ChartPart): readonly Series[] {
  const names = curveNames(chart);
  return chart.curves.map(({group}, index) => ({
    name: names[index] === '' ? chart.title : names[index]!,
    colour: colourAt(group === undefined ? index : chart.groups![group]!.colour),
  }));
}

function textOf(chart: ChartPart): string {
  const {title, stage, axis, curves} = chart;
  const names = curveNames(chart);
  const shown = (value: number): string => valueText(value, title);
  const parts = curves.slice(0, 4).map(({x, y, ...curve}, index) => {
    const name = curve.group === undefined ? curve.name : names[index]!;
    const numbers = y.filter((value) => value !== null);
    const [start, end] = [numbers[0], numbers.at(-1)];
    if (start === undefined || end === undefined) return `${name}: no numbers`;
    const least = numbers.reduce((a, b) => Math.min(a, b));
    const greatest = numbers.reduce((a, b) => Math.max(a, b));
    return (
      `${name}: ${shown(start)} at ${axis} ${x[0]}, ${shown(end)} at ${axis} ${x.at(-1)}, ` +
      `least ${shown(least)}, greatest ${shown(greatest)}`
    );
  });
  const more = curves.length > parts.length ? `; and ${curves.length - parts.length} more` : '';
  return `${title} of ${stage} by ${axis}. ${parts.join('; ')}${more}`;
}

/** Number of rows of numbers to show. */
const shownRows = 60;

/** The numbers of a chart as a table, drawn on demand. */
function Numbers({chart}: {chart: ChartPart}): JSX.Element {
  const {title, axis, curves} = chart;
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
                {curveNames(chart).map((name) => (
                  <th key={name} scope="col" class="right">
                    {name === '' ? 'value' : name}
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
                      {value === null || value === undefined ? '–' : valueText(value, title)}
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
  const [x, ...columns] = aligned(curves);
  const count = Math.min(shownRows, x.length);
  return Array.from({length: count}, (_, row) => {
    const index = count === 1 ? 0 : Math.round((row * (x.length - 1)) / (count - 1));
    return [x[index]!, ...columns.map((column) => column[index] ?? null)];
  });
}
