import {useEffect, useState} from 'preact/hooks';
import type {Detail, Parts} from '../model/parts.ts';

/** Whether the shown parts may still change. */
export type Link = 'live' | 'lost' | 'ended';

/** The shown parts. A part that did not change stays the same object, so that nothing of it is redrawn. */
export class Store {
  #parts: Partial<Parts>;
  #link: Link = 'ended';
  readonly #listeners = new Set<() => void>();

  constructor(parts: Partial<Parts>) {
    this.#parts = parts;
  }

  get parts(): Partial<Parts> {
    return this.#parts;
  }

  get link(): Link {
    return this.#link;
  }

  detail(id: string): Detail | undefined {
    return this.#parts[`detail:${id}`];
  }

  take(parts: Partial<Parts>): void {
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

/** Redraws a component whenever the store has changed. */
export function useStore(store: Store): Partial<Parts> {
  const [, setCount] = useState(0);
  useEffect(() => store.subscribe(() => setCount((count) => count + 1)), [store]);
  return store.parts;
}
