import type {JSX} from 'preact';
import {comparisonAddress} from './addresses.ts';

/** Number of runs that can be compared: there are as many colours. */
export const mostChosen = 12;

/** The chosen runs, and what can be done with them. It stays at the foot of the window. */
export function ChosenBar({
  chosen,
  onChoose,
}: {
  chosen: readonly string[];
  onChoose: (runs: readonly string[]) => void;
}): JSX.Element {
  return (
    <div class="chosen" role="region" aria-label="Chosen runs">
      <p role="status">{chosenText(chosen.length)}</p>
      {chosen.length > 0 && (
        <button type="button" class="quiet" onClick={() => onChoose([])}>
          Choose none
        </button>
      )}
      {chosen.length > 1 && (
        <a class="primary" href={comparisonAddress(chosen)}>
          Compare {chosen.length} runs
        </a>
      )}
    </div>
  );
}

function chosenText(count: number): string {
  if (count === 0) return 'Choose two or more runs to compare them.';
  if (count === 1) return '1 run is chosen: the others are compared with it.';
  const most = count === mostChosen ? ', which is the most' : '';
  return `${count} runs are chosen${most}.`;
}
