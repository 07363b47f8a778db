import type {JSX} from 'preact';
import type {ChangesPart} from '../model/parts.ts';
import {useSome} from './some.tsx';

/** Number of lines that are shown at first. */
const shownAtFirst = 30;

/** The differences between the run and the previous one. */
export function Changes({
  changes: {before, added, removed, changed, same},
  onShow,
}: {
  changes: ChangesPart;
  onShow: (id: string) => void;
}): JSX.Element {
  const all = [
    ...changed.map(({id, what}) => ({sign: '~', word: 'changed', id, what})),
    ...added.map((id) => ({sign: '+', word: 'new', id, what: []})),
    ...removed.map((id) => ({sign: '−', word: 'not any more', id, what: []})),
  ];
  const [shown, more] = useSome(all, shownAtFirst);
  return (
    <div class="card">
      <p>
        Compared with run {before}: {same === 1 ? '1 result is' : `${same} results are`} the same,{' '}
        {changed.length} changed, {added.length} new, {removed.length} not any more.
      </p>
      {shown.length > 0 && (
        <ul class="changes">
          {shown.map(({sign, word, id, what}) => (
            <li key={`${sign} ${id}`}>
              <span class={`sign ${word.replaceAll(' ', '-')}`} aria-hidden="true">
                {sign}
              </span>
              <div>
                {word === 'not any more' ? (
                  <span class="mono">{id}</span>
                ) : (
                  <button type="button" class="text" onClick={() => onShow(id)}>
                    {id}
                  </button>
                )}{' '}
                <span class="hidden">{word}</span>
                {what.map((text) => (
                  <p key={text} class="hint">
                    {text}
                  </p>
                ))}
              </div>
            </li>
          ))}
        </ul>
      )}
      {more}
    </div>
  );
}
