import {digestOf} from '../base/digest.ts';
import type {Key} from '../store/records/record.ts';

/**
 * The turns of keys that are of equal use to this member. As long as it is alone, the earliest goes first. From the
 * moment that it meets another member, each goes through them in an order of its own, so that they do not all try for the same key.
 */
export class Turns {
  readonly #member: string;
  readonly #onChange: () => void;
  readonly #turns = new Map<Key, number>();
  #isAlone = true;

  /** @param onChange called when turns have changed */
  constructor(member: string, onChange: () => void) {
    this.#member = member;
    this.#onChange = onChange;
  }

  /** Notes that a process was met, which may be of another member. */
  meet({member}: {readonly member?: string}): void {
    if (!this.#isAlone || member === this.#member) return;
    this.#isAlone = false;
    this.#onChange();
  }

  of(key: Key): number {
    if (this.#isAlone) return 0;
    let turn = this.#turns.get(key);
    if (turn === undefined) this.#turns.set(key, (turn = draw(this.#member, key)));
    return turn;
  }
}

/** A number from 0 to 1 that a member and a key have in common. */
export function draw(member: string, key: Key): number {
  return Number.parseInt(digestOf(`${member} ${key}`).slice(0, 8), 16) / 2 ** 32;
}
