import {useLayoutEffect, useState} from 'preact/hooks';
import type {Detail, Parts} from '../model/parts.ts';
import type {ComparisonParts, RunsParts} from '../model/runs/runs-parts.ts';

/** The parts of any page, as far as they are known. */
export type SomeParts = Partial<Parts & RunsParts & ComparisonParts>;

/** Whether the shown parts may still change. */
export type Link = 'live' | 'lost' | 'ended';

/** The shown parts. A part that did not change stays the same object, so that nothing of it is redrawn. */
export class Store {
  #parts: SomeParts;
  #link: Link = 'ended';
  readonly #listeners = new Set<() => void>();

  constructor(parts: SomeParts) {
    this.#parts = parts;
  }

  get parts(): SomeParts {
    return this.#parts;
  }

  get link(): Link {
    return this.#link;
  }

  detail(id: string): Detail | undefined {
    return this.#parts[`detail:${id}`];
  }

  take(parts: SomeParts): void {
    this.#parts = {...this.#parts, ...parts};
    this.#tell();
  }

  takeLink(link: Link): void {
    this.#link = link;
    this.#tell();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/**
 * Redraws a component whenever the store has changed. It subscribes while it is drawn first: an effect after the next
 * frame would miss parts that arrive before that frame.
 */
export function useStore(store: Store): SomeParts {
  const [, setCount] = useState(0);
  useLayoutEffect(() => store.subscribe(() => setCount((count) => count + 1)), [store]);
  return store.parts;
}
