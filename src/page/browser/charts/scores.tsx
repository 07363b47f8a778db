import type {JSX} from 'preact';
import {colourAt} from './palette.ts';
import {Swatch} from './swatch.tsx';
import type {ScoreMark, ScorePart} from '../../model/parts.ts';

/** Accuracies side by side: a dot at the mean of each set, with a bar of one deviation to both sides. */
export function Scores({score: {title, sets, rows}}: {score: ScorePart}): JSX.Element {
  const marks = rows.flatMap((row) => row.marks);
  const [low, high] = rangeOf(marks);
  const percent = (value: number): string => `${(100 * (value - low)) / (high - low)}%`;
  return (
    <article class="card scores">
      <h3>{title}</h3>
      <ul class="legend">
        {sets.map((set, index) => (
          <li key={set}>
            <Swatch colour={index} /> {set}
          </li>
        ))}
      </ul>
      {rows.map((row) => (
        <div
          key={row.model}
          class="score-row"
          role="img"
          aria-label={`${row.model}: ${row.marks.map(textOf).join(', ')}`}
        >
          <span class="score-name">{row.model}</span>
          <span class="score-track">
            {ticksBetween(low, high).map((tick) => (
              <span key={tick} class="tick" style={{left: percent(tick)}} />
            ))}
            {row.marks.map((mark) => (
              <Mark
                key={mark.set}
                mark={mark}
                colour={colourAt(sets.indexOf(mark.set))}
                percent={percent}
              />
            ))}
          </span>
        </div>
      ))}
      <div class="score-row axis" aria-hidden="true">
        <span />
        <span class="score-track">
          {ticksBetween(low, high).map((tick) => (
            <span key={tick} style={{left: percent(tick)}}>
              {Math.round(100 * tick)} %
            </span>
          ))}
        </span>
      </div>
    </article>
  );
}

function Mark({
  mark,
  colour,
  percent,
}: {
  mark: ScoreMark;
  colour: number;
  percent: (value: number) => string;
}): JSX.Element {
  const {mean, deviation} = mark;
  return (
    <span class={`c${colour}`} title={textOf(mark)}>
      <span
        class="score-bar"
        style={{
          left: percent(Math.max(0, mean - deviation)),
          right: `calc(100% - ${percent(Math.min(1, mean + deviation))})`,
        }}
      />
      <span class="score-dot" style={{left: percent(mean)}} />
    </span>
  );
}

function textOf({set, mean, deviation, trials}: ScoreMark): string {
  return `${set} ${(100 * mean).toFixed(1)} ± ${(100 * deviation).toFixed(1)} % (${trials})`;
}

/** The range in tenths around all marks; 0 to 1 if they are far apart. */
function rangeOf(marks: readonly ScoreMark[]): readonly [number, number] {
  const low = Math.min(1, ...marks.map(({mean, deviation}) => mean - deviation));
  const high = Math.max(0, ...marks.map(({mean, deviation}) => mean + deviation));
  const [from, to] = [
    Math.max(0, Math.floor(10 * low) - 1),
    Math.min(10, Math.ceil(10 * high) + 1),
  ];
  return from < to ? [from / 10, to / 10] : [0, 1];
}

/** The tenths, or every second one if there are too many. */
function ticksBetween(low: number, high: number): readonly number[] {
  const count = Math.round(10 * (high - low));
  const step = count > 6 ? 2 : 1;
  const first = Math.ceil(Math.round(10 * low) / step) * step;
  const last = Math.round(10 * high);
  return Array.from(
    {length: Math.floor((last - first) / step) + 1},
    (_, index) => (first + step * index) / 10,
  );
}
