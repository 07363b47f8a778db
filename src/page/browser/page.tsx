import type {JSX} from 'preact';
import {RunPage} from './run-page.tsx';
import {ComparisonPage} from './runs/comparison-page.tsx';
import {RunsPage} from './runs/runs-page.tsx';
import {useStore, type Store} from './store.ts';
import {useTheme} from './theme.ts';

/** The page that the parts are of: a run's, that of all runs, or that of several beside each other. */
export function Page({store, isServed}: {store: Store; isServed: boolean}): JSX.Element {
  const parts = useStore(store);
  const theme = useTheme();
  const shown = {store, isServed, theme};
  if (parts.overview !== undefined) return <RunPage {...shown} overview={parts.overview} />;
  if (parts.comparison !== undefined) {
    return <ComparisonPage {...shown} comparison={parts.comparison} />;
  }
  if (parts.runs !== undefined) return <RunsPage {...shown} runs={parts.runs} />;
  return <p class="waiting">{isServed ? 'Waiting for the run …' : 'There is nothing to show.'}</p>;
}
