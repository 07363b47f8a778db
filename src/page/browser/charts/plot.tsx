import type {JSX} from 'preact';
import {useEffect, useRef} from 'preact/hooks';
import UPlot from 'uplot';
import {numberText, percentText} from './number-text.ts';

export interface Series {
  /** Empty: it is not in the legend. */
  readonly name: string;
  /** An index into the palette. */
  readonly colour: number;
  readonly isFilled?: true;
  /** Draws steps, as for histograms. */
  readonly isStepped?: true;
  /** The edge of a band, without a line of its own. The edges of a band follow its mean: the lower, then the upper. */
  readonly isEdge?: true;
}

interface PlotProps {
  readonly series: readonly Series[];
  readonly data: UPlot.AlignedData;
  readonly axis: string;
  readonly text: string;
  /** Colours are read again when it changes. */
  readonly theme: string;
  readonly height?: number;
  /** Whether 1 is shown as 100 %. */
  readonly isPercent?: boolean;
}

/** Curves over common values of x. `text` describes them for screen readers. */
export function Plot({
  series,
  data,
  axis,
  text,
  theme,
  height = 210,
  isPercent = false,
}: PlotProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const shape = JSON.stringify([series, axis, theme, isPercent]);
  useEffect(() => {
    const isWhole = data[0].every(Number.isInteger);
    const look = {series, axis, isWhole, height, isPercent};
    const {made, remove} = drawIn(place.current!, look, data);
    plot.current = made;
    return () => {
      remove();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={place} class="plot" role="img" aria-label={text} />;
}

interface Look {
  readonly series: readonly Series[];
  readonly axis: string;
  /** Labels only whole numbers along x. */
  readonly isWhole: boolean;
  readonly height: number;
  readonly isPercent: boolean;
}

/** Draws a plot that stays as wide as its element. */
function drawIn(
  element: HTMLElement,
  look: Look,
  data: UPlot.AlignedData,
): {readonly made: UPlot; readonly remove: () => void} {
  const {height} = look;
  const width = (): number => Math.max(120, element.clientWidth);
  const made = new UPlot({...optionsOf(element, look), width: width(), height}, data, element);
  const observer = new ResizeObserver(() => {
    if (made.width !== width()) made.setSize({width: width(), height});
  });
  observer.observe(element);
  const remove = (): void => {
    observer.disconnect();
    made.destroy();
  };
  return {made, remove};
}

function optionsOf(
  element: HTMLElement,
  {series, axis, isWhole, isPercent}: Look,
): Omit<UPlot.Options, 'width' | 'height'> {
  const format = isPercent ? percentText : numberText;
  const edges = series.flatMap(({isEdge}, index) => (isEdge === true ? [index + 1] : []));
  const colour = (name: string): string => colourOf(element, name);
  const named = series.filter(({name}) => name !== '');
  const isHistogram = series.some(({isStepped}) => isStepped === true);
  return {
    padding: [8, 10, 0, 0],
    // With many curves, their values would take more space than the curves.
    // Only shown under the pointer, the values of a histogram would leave its legend empty.
    legend: {show: named.length <= 8 && !isHistogram, live: named.length <= 4},
    cursor: {points: {size: 7}, drag: {x: true, y: false}},
    scales: {x: {time: false}},
    axes: axesOf(colour, format, isWhole),
    bands: edges.flatMap((edge, index) =>
      index % 2 === 0
        ? [{series: [edge + 1, edge], fill: wash(colour(`--c${series[edge - 1]!.colour}`))}]
        : [],
    ),
    series: [
      {
        label: axis,
        value: (plot, value) => textAt(value, plot.data?.[0], numberText),
      },
      ...series.map((one) => drawn(one, {colour, format, isThin: named.length > 8})),
    ],
  };
}

function axesOf(
  colour: (name: string) => string,
  format: (value: number) => string,
  isWhole: boolean,
): UPlot.Axis[] {
  const line = {
    stroke: colour('--muted'),
    font: '11px system-ui, sans-serif',
    grid: {stroke: colour('--line'), width: 1},
    ticks: {show: false},
  };
  return [
    {
      ...line,
      grid: {show: false},
      size: 28,
      ...(isWhole && {incrs: wholeSteps}),
      values: (_, ticks) => tickTexts(ticks, numberText),
    },
    {
      ...line,
      size: (_, texts) => Math.max(52, 16 + 6.5 * longest(texts ?? [])),
      values: (_, ticks) => tickTexts(ticks, format),
    },
  ];
}

function drawn(
  one: Series,
  {
    colour,
    format,
    isThin,
  }: {
    colour: (name: string) => string;
    format: (value: number) => string;
    isThin: boolean;
  },
): UPlot.Series {
  const stroke = colour(`--c${one.colour}`);
  return {
    label: one.name,
    ...(one.isEdge === true ? {class: one.name === '' ? 'u-untold' : 'u-edge'} : {stroke}),
    width: isThin ? 1 : 1.75,
    spanGaps: true,
    points: one.isEdge === true ? {show: false} : {size: 5, stroke, fill: stroke},
    value: (plot, value, index, at) =>
      textAt(value, at !== null ? undefined : plot.data?.[index], format),
    ...(one.isFilled && {fill: wash(stroke)}),
    ...(one.isStepped && {paths: UPlot.paths.stepped!({align: -1}), points: {show: false}}),
  };
}

/** A colour of which little is seen. */
function wash(colour: string): string {
  return `color-mix(in srgb, ${colour} 16%, transparent)`;
}

const wholeSteps = Array.from({length: 10}, (_, power) =>
  [1, 2, 5].map((n) => n * 10 ** power),
).flat();

/** The current value of a custom property, read from an element, because canvases do not support them. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const {color} = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The value under the pointer, or else the last one. */
function textAt(
  value: number | null,
  values: readonly (number | null | undefined)[] | UPlot.TypedArray | undefined,
  format: (value: number) => string,
): string {
  const shown =
    value ??
    Array.from<number | null | undefined>(values ?? []).findLast(
      (one) => one !== null && one !== undefined,
    );
  return shown === null || shown === undefined ? '–' : format(shown);
}

/** The numbers with enough digits to distinguish them. */
function tickTexts(ticks: readonly number[], format: (value: number) => string): string[] {
  const texts = ticks.map(format);
  for (let digits = 5; new Set(texts).size < texts.length && digits <= 15; digits++) {
    texts.splice(0, texts.length, ...ticks.map((tick) => String(Number(tick.toPrecision(digits)))));
  }
  return texts;
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({length}) => length));
}
