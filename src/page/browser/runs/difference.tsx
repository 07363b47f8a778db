import type {JSX} from 'preact';

/** A difference from the first run. */
export function Difference({text}: {text: string}): JSX.Element {
  return (
    <span class="difference">
      {' '}
      <span class="hidden">difference from A: </span>
      {text}
    </span>
  );
}
