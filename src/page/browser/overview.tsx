import type {JSX} from 'preact';
import type {Overview} from '../model/parts.ts';
import {formatDuration, formatLargest, formatRoughly} from '../../report/format/duration.ts';
import {Pairs} from './pairs.tsx';
import {Copy, TakeText} from './take.tsx';
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

/** The names of the outcomes of runs. */
export const outcomeNames = {
  ok: 'Done',
  failed: 'Failed',
  suspended: 'Suspended',
  running: 'Running',
  submitted: 'Submitted',
  killed: 'Killed',
} as const;

/** The most important numbers. */
export function Tiles({overview}: {overview: Overview}): JSX.Element {
  const {counts, total, workMs, savedMs} = overview;
  // What takes no time saves none.
  const hasSaved = savedMs >= 500;
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
      {hasSaved && (
        <div class="tile">
          <h2 class="label">Saved by the cache</h2>
          <p class="number">{formatRoughly(savedMs)}</p>
          <Savings overview={overview} />
        </div>
      )}
    </div>
  );
}

function timeText({durationMs, leftMs, leftIsLeast}: Overview): string {
  if (durationMs !== undefined) return formatDuration(durationMs);
  if (leftMs === undefined) return '–';
  if (!leftIsLeast) return `≈ ${formatLargest(leftMs)}`;
  // An unknown duration is shown as unknown.
  return leftMs < 1000 ? 'not known' : `≈ ${formatLargest(leftMs)} or more`;
}

const order = [
  'hit',
  'finished',
  'running',
  'failed',
  'suspended',
  'waiting',
  'skipped',
  'unstarted',
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

/** The share of the work is told of a run that has all its results: what failed, or did not begin, has no known size. */
function Savings({overview}: {overview: Overview}): JSX.Element {
  const {workMs, savedMs, counts, state} = overview;
  const percent = Math.round((100 * savedMs) / Math.max(1, savedMs + workMs));
  const results = counts.hit === 1 ? '1 result was' : `${counts.hit} results were`;
  return (
    <>
      <div class="state-bar" aria-hidden="true">
        <span class="fill state-hit" style={{flexGrow: savedMs}} />
        {workMs > 0 && <span class="fill rest" style={{flexGrow: workMs}} />}
      </div>
      <p class="hint">
        {state === 'ok' && `${percent} % of all work: `}
        {results} stored already
      </p>
    </>
  );
}

/** Number of lines shown from the end of a log. */
const shownLines = 12;

/** Up to this number of failures, their logs are shown at once. */
const openLogs = 3;

/** The failures, in a prominent place. */
export function Failures({
  overview: {failures, counts},
  logOf,
  onShow,
}: {
  overview: Overview;
  /** The end of an instance's log, if it has one. */
  logOf: (id: string) => string | undefined;
  onShow: (id: string) => void;
}): JSX.Element | null {
  if (failures.length === 0) return null;
  const more = (counts.failed ?? 0) - failures.length;
  return (
    <div class="failures" role="group" aria-label="Failures">
      {failures.map(({id, message, again}) => {
        const log = logOf(id)?.trimEnd().split('\n').slice(-shownLines).join('\n');
        return (
          <div key={id} class="card failure">
            <p>
              <StateMark state="failed" />{' '}
              <button type="button" class="text" onClick={() => onShow(id)}>
                {id}
              </button>
            </p>
            <pre tabIndex={0}>{message}</pre>
            {log !== undefined && (
              <details open={failures.length <= openLogs}>
                <summary>The end of its log</summary>
                <pre tabIndex={0}>{log}</pre>
              </details>
            )}
            {again !== undefined && (
              <p class="again">
                <span class="hint">Again:</span> <code>{again}</code>{' '}
                <span class="take">
                  <Copy text={again} of="the command" />
                </span>
              </p>
            )}
          </div>
        );
      })}
      {more > 0 && <p class="hint">and {more} more, which their stages list below</p>}
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
  const {command, facts, run, unreadable, text, file} = overview;
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
        {text !== undefined && (
          <details>
            <summary>The pipeline</summary>
            <TakeText file={file.split('/').at(-1)!} text={text} />
            <pre tabIndex={0}>{text}</pre>
          </details>
        )}
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
