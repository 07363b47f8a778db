import type {JSX} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import type {RunRow, RunsParts} from '../../model/runs/runs-parts.ts';
import {Frame, useTitle} from '../frame.tsx';
import type {Store} from '../store.ts';
import type {Theme} from '../theme.ts';
import {chosenHash, chosenIn} from './addresses.ts';
import {ChosenBar} from './chosen-bar.tsx';
import {RunsTable} from './runs-table.tsx';

/** All runs of a store: each leads to its page, and several that are chosen to a page that compares them. */
export function RunsPage({
  store,
  isServed,
  theme,
  runs: {store: folder, names, unread, metric},
}: {
  store: Store;
  isServed: boolean;
  theme: Theme;
  runs: RunsParts['runs'];
}): JSX.Element {
  const [chosen, setChosen] = useChosen(names);
  useTitle('Runs');
  const rows = names
    .map((run): RunRow | undefined => store.parts[`run:${run}`])
    .filter((row) => row !== undefined);
  return (
    <Frame {...{store, isServed, theme}} up={undefined} sections={[]}>
      <div class="masthead">
        <p class="eyebrow">{folder}</p>
        <h1>Runs</h1>
      </div>
      {rows.length === 0 ? (
        <p>
          There is no run yet. <code>pipeline run</code> makes one, which appears here.
        </p>
      ) : (
        <RunsTable {...{rows, chosen, metric}} onChoose={setChosen} />
      )}
      {unread > 0 && (
        <p class="hint" role="status">
          {unread} older runs are still to be read.
        </p>
      )}
      {rows.length > 1 && <ChosenBar chosen={chosen} onChoose={setChosen} />}
    </Frame>
  );
}

/** The chosen runs, in the order of choice. The address keeps them, so that a reader who comes back finds them. */
function useChosen(
  names: readonly string[],
): readonly [chosen: readonly string[], choose: (runs: readonly string[]) => void] {
  const [chosen, setChosen] = useState(() => chosenIn(location.hash));
  useEffect(() => {
    const listen = (): void => setChosen(chosenIn(location.hash));
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  const choose = (runs: readonly string[]): void => {
    setChosen(runs);
    history.replaceState(null, '', runs.length === 0 ? location.pathname : chosenHash(runs));
  };
  const known = new Set(names);
  return [chosen.filter((run) => known.has(run)), choose];
}
