import type {JSX} from 'preact';
import {useState} from 'preact/hooks';

/** The first items of a list, and a button that shows the others; `null`: there are no others. */
export function useSome<T>(
  items: readonly T[],
  atFirst: number,
): readonly [shown: readonly T[], more: JSX.Element | null] {
  const [count, setCount] = useState(atFirst);
  if (items.length <= count) return [items, null];
  return [
    items.slice(0, count),
    <button type="button" class="quiet" onClick={() => setCount(10 * count)}>
      Show more of {items.length}
    </button>,
  ];
}
