import type {JSX} from 'preact';
import type {StagePart, TimelineBar, TimelinePart} from '../../model/parts.ts';
import {colourAt} from './palette.ts';
import {Swatch} from './swatch.tsx';
import {formatDuration} from '../../../report/format/duration.ts';

/** The work of each device over time. */
export function Timeline({
  timeline: {startMs, endMs, lanes, bars},
  stages,
  onShow,
}: {
  timeline: TimelinePart;
  stages: readonly StagePart[];
  onShow: (id: string) => void;
}): JSX.Element {
  const nowMs = endMs ?? Math.max(Date.now(), ...bars.map((bar) => bar.endMs ?? 0));
  const present = new Set(bars.map(({stage}) => stage));
  const names = [...new Set([...stages.map(({name}) => name), ...present])].filter((name) =>
    present.has(name),
  );
  const place: Place = {startMs, nowMs, spanMs: Math.max(1, nowMs - startMs), names, onShow};
  return (
    <div class="card">
      <ul class="legend">
        {names.map((name, index) => (
          <li key={name}>
            <Swatch colour={index} /> {name}
          </li>
        ))}
      </ul>
      <div class="timeline">
        {lanes.map((lane, index) => (
          <Lane
            key={lane}
            lane={lane}
            bars={bars.filter((bar) => bar.lane === index)}
            place={place}
          />
        ))}
        <div class="lane axis" aria-hidden="true">
          <p />
          <div class="track">
            {ticksOf(place.spanMs).map((ms) => (
              <span key={ms} style={{left: percentOf(ms, place)}}>
                {formatTick(ms)}
              </span>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** The drawn time range, and the colours of stages. */
interface Place {
  readonly startMs: number;
  readonly nowMs: number;
  readonly spanMs: number;
  readonly names: readonly string[];
  readonly onShow: (id: string) => void;
}

function percentOf(ms: number, {spanMs}: Place): string {
  return `${(100 * ms) / spanMs}%`;
}

function Lane({
  lane,
  bars,
  place,
}: {
  lane: string;
  bars: readonly TimelineBar[];
  place: Place;
}): JSX.Element {
  const {startMs, nowMs, spanMs, names, onShow} = place;
  const busyMs = bars.reduce((sum, bar) => sum + lengthOf(bar, nowMs), 0);
  return (
    <div class="lane">
      <p>
        {lane} <small>{Math.round((100 * busyMs) / spanMs)} % busy</small>
      </p>
      <div class="track" role="img" aria-label={laneText(lane, bars, nowMs)}>
        {ticksOf(spanMs).map((ms) => (
          <span key={ms} class="tick" style={{left: percentOf(ms, place)}} />
        ))}
        {bars.map((bar) => (
          <span
            key={`${bar.id} ${bar.startMs}`}
            class={`bar c${colourAt(names.indexOf(bar.stage))} bar-${bar.state}`}
            style={{
              left: percentOf(bar.startMs - startMs, place),
              width: percentOf((bar.endMs ?? nowMs) - bar.startMs, place),
            }}
            title={barText(bar, nowMs)}
            onClick={() => onShow(bar.id)}
          >
            <span class="bar-label">{shortName(bar)}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

/** `[seed=3]` for `expert[seed=3]`: the colour tells the stage. */
function shortName({id, stage}: TimelineBar): string {
  return id.startsWith(`${stage}[`) ? id.slice(stage.length) : id;
}

function barText(bar: TimelineBar, nowMs: number): string {
  const {id, state, together} = bar;
  const others = together === undefined ? '' : ` and ${together.count - 1} more`;
  return `${id}${others}: ${state}, ${formatDuration(lengthOf(bar, nowMs))}`;
}

/** The time that its attempts took. */
function lengthOf({startMs, endMs, together}: TimelineBar, nowMs: number): number {
  return together?.workMs ?? (endMs ?? nowMs) - startMs;
}

/** The description for screen readers. */
function laneText(lane: string, bars: readonly TimelineBar[], nowMs: number): string {
  const shown = bars.slice(0, 20).map((bar) => barText(bar, nowMs));
  const more = bars.length > shown.length ? `; and ${bars.length - shown.length} more` : '';
  return `${lane}: ${shown.join('; ')}${more}`;
}

const seconds = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
];
const hours = [1, 2, 3, 6, 12, 24, 48, 96, 168, 336].map((count) => 3600 * count);

/** A few round times. */
function ticksOf(spanMs: number): readonly number[] {
  const step = 1000 * ([...seconds, ...hours].find((length) => 1000 * length >= spanMs / 7) ?? 1e6);
  return Array.from({length: Math.floor(spanMs / step) + 1}, (_, index) => index * step);
}

function formatTick(ms: number): string {
  if (ms === 0) return '0';
  if (ms < 1000) return `${ms} ms`;
  const whole = ms / 1000;
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hour, minute, second] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  if (hour === 0) return second === 0 ? `${minute} min` : `${minute}:${two(second)}`;
  return `${hour}:${two(minute)} h`;
}
