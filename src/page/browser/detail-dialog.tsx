import type {JSX} from 'preact';
import type {Detail, InstanceRow} from '../model/parts.ts';
import {formatDuration} from '../../report/format/duration.ts';
import {useDialog} from './dialog.ts';
import {Pairs} from './pairs.tsx';
import {StateMark, stateNames} from './state-mark.tsx';

/** The details of one instance. */
export function DetailDialog({
  id,
  row,
  description,
  detail,
  onClose,
}: {
  id: string | undefined;
  row: InstanceRow | undefined;
  /** What the author says about its stage. */
  description: string | undefined;
  detail: Detail | undefined;
  onClose: () => void;
}): JSX.Element {
  const dialog = useDialog(id !== undefined);
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="detail-title" onClose={onClose}>
      {id !== undefined && (
        <>
          <div class="card-head">
            <h2 id="detail-title">{id}</h2>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
          {description !== undefined && <p class="prose">{description}</p>}
          {row !== undefined && (
            <p>
              <StateMark state={row.state} /> {stateNames[row.state]}
              {row.durationMs !== undefined && `, ${formatDuration(row.durationMs)}`}
              {row.note !== '' && `: ${row.note}`}
            </p>
          )}
          {detail?.sections.map(({title, pairs}) => (
            <section key={title}>
              <h3>{title}</h3>
              <Pairs pairs={pairs} />
            </section>
          ))}
          {detail?.log !== undefined && <pre tabIndex={0}>{detail.log}</pre>}
        </>
      )}
    </dialog>
  );
}
