import type {JSX} from 'preact';
import type {Overview} from '../model/parts.ts';
import {formatDuration, formatRoughly} from '../../report/format/duration.ts';
import {Pairs} from './pairs.tsx';
import {StateMark, stateNames} from './state-mark.tsx';

/** The pipeline of the run, and the run's state. */
export function Masthead({overview}: {overview: Overview}): JSX.Element {
  const {name, file, run, outcome, state} = overview;
  return (
    <div class="masthead">
      <p class="eyebrow">
        {file} <span aria-hidden="true">·</span> run {run}
      </p>
      <h1>{name}</h1>
      <p class="outcome">
        <span class={`chip outcome-${state}`}>{outcomeNames[state]}</span> {outcome}
      </p>
    </div>
  );
}

const outcomeNames = {
  ok: 'Done',
  failed: 'Failed',
  suspended: 'Suspended',
  running: 'Running',
  killed: 'Killed',
} as const;

/** The most important numbers. */
export function Tiles({overview}: {overview: Overview}): JSX.Element {
  const {counts, total, workMs, savedMs} = overview;
  const done = (counts.hit ?? 0) + (counts.finished ?? 0);
  return (
    <div class="tiles">
      <div class="tile wide">
        <h2 class="label">Instances</h2>
        <p class="number">
          {done} <small>of {total} done</small>
        </p>
        <StateBar overview={overview} />
      </div>
      <div class="tile">
        <h2 class="label">{overview.state === 'running' ? 'Left' : 'Took'}</h2>
        <p class="number">{timeText(overview)}</p>
        <p class="hint">{workMs > 0 ? `${formatDuration(workMs)} of work` : 'no work'}</p>
      </div>
      <div class="tile">
        <h2 class="label">Saved by the cache</h2>
        <p class="number">{savedMs > 0 ? formatRoughly(savedMs) : '0 s'}</p>
        <Savings workMs={workMs} savedMs={savedMs} hits={counts.hit ?? 0} />
      </div>
    </div>
  );
}

function timeText({durationMs, leftMs, leftIsLeast}: Overview): string {
  if (durationMs !== undefined) return formatDuration(durationMs);
  if (leftMs === undefined) return '–';
  if (!leftIsLeast) return formatRoughly(leftMs);
  // An unknown duration is shown as unknown.
  return leftMs < 1000 ? 'not known' : `more than ${formatDuration(leftMs)}`;
}

const order = [
  'hit',
  'finished',
  'running',
  'failed',
  'suspended',
  'waiting',
  'skipped',
  'pending',
] as const;

/** The number of instances in each state, as a bar and in words. */
function StateBar({overview: {counts, total}}: {overview: Overview}): JSX.Element {
  const present = order.filter((state) => (counts[state] ?? 0) > 0);
  return (
    <>
      <div class="state-bar" aria-hidden="true">
        {present.map((state) => (
          <span
            key={state}
            class={`fill state-${state}`}
            style={{flexGrow: counts[state]! / total}}
          />
        ))}
      </div>
      <ul class="legend">
        {present.map((state) => (
          <li key={state}>
            <StateMark state={state} /> {counts[state]} {stateNames[state]}
          </li>
        ))}
      </ul>
    </>
  );
}

function Savings({
  workMs,
  savedMs,
  hits,
}: {
  workMs: number;
  savedMs: number;
  hits: number;
}): JSX.Element {
  const percent = Math.round((100 * savedMs) / Math.max(1, savedMs + workMs));
  return (
    <>
      <div class="state-bar" aria-hidden="true">
        {savedMs > 0 && <span class="fill state-hit" style={{flexGrow: savedMs}} />}
        {(workMs > 0 || savedMs === 0) && (
          <span class="fill rest" style={{flexGrow: Math.max(1, workMs)}} />
        )}
      </div>
      <p class="hint">
        {hits === 0
          ? 'nothing was stored already'
          : `${percent} % of all work: ${hits === 1 ? '1 result was' : `${hits} results were`} stored already`}
      </p>
    </>
  );
}

/** The failures, in a prominent place. */
export function Failures({
  overview: {failures},
  onShow,
}: {
  overview: Overview;
  onShow: (id: string) => void;
}): JSX.Element | null {
  if (failures.length === 0) return null;
  return (
    <div class="failures" role="group" aria-label="Failures">
      {failures.map(({id, message}) => (
        <div key={id} class="failure">
          <button type="button" class="text" onClick={() => onShow(id)}>
            {id}
          </button>
          <pre tabIndex={0}>{message}</pre>
        </div>
      ))}
    </div>
  );
}

/** The machine, programs and engines of the run. */
export function Facts({
  overview,
  notes,
}: {
  overview: Overview;
  notes: readonly string[];
}): JSX.Element {
  const {command, facts, run, unreadable} = overview;
  return (
    <>
      <div class="card">
        <Pairs
          pairs={[
            ['Run', run],
            ...facts,
            ...(command === undefined ? [] : [['Command', command] as const]),
          ]}
        />
      </div>
      {unreadable > 0 && <p class="hint">{unreadable} lines of its journal hold no event.</p>}
      {notes.map((note) => (
        <p key={note} class="hint">
          {note}
        </p>
      ))}
    </>
  );
}
