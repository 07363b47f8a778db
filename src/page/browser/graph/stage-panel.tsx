import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import type {InstanceRow, StagePart, State} from '../../model/parts.ts';
import {formatDuration, formatRoughly} from '../../../report/format/duration.ts';
import {Choice, Search} from '../filters.tsx';
import {Pairs} from '../pairs.tsx';
import {useSome} from '../some.tsx';
import {StateMark, stateNames} from '../state-mark.tsx';

/** Number of rows that are drawn at first, and with each request for more. */
const shownAtOnce = 100;

/** A stage: its settings, and its instances. */
export function StagePanel({
  stage: {name, type, description, count, workMs, savedMs, settings, rows},
  onShow,
}: {
  stage: StagePart;
  onShow: (id: string) => void;
}): JSX.Element {
  const facts = [
    count === 1 ? '1 instance' : `${count} instances`,
    ...(workMs > 0 ? [`${formatDuration(workMs)} of work`] : []),
    ...(savedMs > 0 ? [`${formatRoughly(savedMs)} saved`] : []),
  ];
  return (
    <div class="card panel">
      <h3>
        {name} <small class="mono">{type}</small>
      </h3>
      {description !== undefined && <p class="prose">{description}</p>}
      <p class="hint">{facts.join(' · ')}</p>
      <Instances rows={rows} onShow={onShow} />
      {settings.length > 0 && (
        <details open={rows.length < 4}>
          <summary>{rows.length > 1 ? 'Settings of all of them' : 'Settings'}</summary>
          <Pairs pairs={settings} />
        </details>
      )}
    </div>
  );
}

function Instances({
  rows,
  onShow,
}: {
  rows: readonly InstanceRow[];
  onShow: (id: string) => void;
}): JSX.Element {
  const [text, setText] = useState('');
  const [state, setState] = useState<State | ''>('');
  if (rows.length === 0) return <p class="hint">Nothing of it has begun.</p>;
  const states = [...new Set(rows.map((row) => row.state))];
  const found = rows.filter(
    (row) => (state === '' || row.state === state) && (text === '' || row.id.includes(text)),
  );
  const [shown, more] = useSome(found, shownAtOnce);
  return (
    <>
      {rows.length > 12 && (
        <div class="filters">
          <Search label="Only instances whose name contains" text={text} onSearch={setText} />
          <Choice
            label="Only instances that"
            value={state}
            options={[['', 'any state'], ...states.map((one) => [one, stateNames[one]] as const)]}
            onChoose={setState}
          />
          <span class="hint" role="status">
            {found.length} of {rows.length}
          </span>
        </div>
      )}
      <ul class="instances">
        {shown.map((row) => (
          <Row key={row.id} row={row} onShow={onShow} />
        ))}
      </ul>
      {more}
    </>
  );
}

function Row({
  row: {id, label, state, durationMs, device, done, note},
  onShow,
}: {
  row: InstanceRow;
  onShow: (id: string) => void;
}): JSX.Element {
  return (
    <li>
      <button type="button" class="row" onClick={() => onShow(id)}>
        <StateMark state={state} />
        <span class="row-name">{label}</span>
        <span class="row-state">
          {stateNames[state]}
          {device !== '' && ` on ${device}`}
        </span>
        <span class="row-time">{durationMs === undefined ? '' : formatDuration(durationMs)}</span>
        {note !== '' && <span class="row-note">{note}</span>}
        {done !== undefined && (
          <span class="row-bar" aria-hidden="true">
            <span style={{width: `${100 * done}%`}} />
          </span>
        )}
      </button>
    </li>
  );
}
