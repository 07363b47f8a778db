import type {JSX} from 'preact';
import {useMemo, useState} from 'preact/hooks';
import type UPlot from 'uplot';
import type {HistogramPart} from '../../model/parts.ts';
import {StepChoice} from '../pictures/galleries.tsx';
import {numberText} from './number-text.ts';
import {Plot} from './plot.tsx';
import {useSome} from '../some.tsx';

/** The distribution of pixel values, by iteration. */
export function Histograms({
  histograms,
  theme,
}: {
  histograms: readonly HistogramPart[];
  theme: string;
}): JSX.Element {
  const [shown, more] = useSome(histograms, 24);
  return (
    <>
      <div class="charts">
        {shown.map((histogram) => (
          <Histogram
            key={`${histogram.instance} ${histogram.title}`}
            histogram={histogram}
            theme={theme}
          />
        ))}
      </div>
      {more}
    </>
  );
}

function Histogram({
  histogram: {title, instance, steps},
  theme,
}: {
  histogram: HistogramPart;
  theme: string;
}): JSX.Element {
  const iterations = steps.map(({iteration}) => iteration);
  const [chosen, setChosen] = useState<number>();
  const iteration = chosen ?? iterations.at(-1);
  const step = steps.find((one) => one.iteration === iteration);
  const data = useMemo((): UPlot.AlignedData => {
    if (step === undefined) return [[], []];
    // A bucket extends from the previous limit to its own, so steps that go back need a point at the start.
    return [
      [step.min, ...step.limits],
      [0, ...step.counts],
    ];
  }, [step]);
  const total = step?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  return (
    <figure class="card chart">
      <figcaption class="card-head">
        <div>
          <h3>{title}</h3>
          <p class="hint">
            {instance}
            {iterations.length === 1 && `, iteration ${iteration}`}
          </p>
        </div>
        <StepChoice steps={iterations} value={iteration} onChange={setChosen} />
      </figcaption>
      <Plot
        series={[{name: 'count', colour: 0, isFilled: true, isStepped: true}]}
        data={data}
        axis="up to"
        theme={theme}
        height={170}
        text={`${title} of ${instance}: ${total} values from ${numberText(step?.min ?? 0)} to ${numberText(step?.limits.at(-1) ?? 0)}`}
      />
    </figure>
  );
}
