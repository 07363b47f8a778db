import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, watch} from 'node:fs';
import path from 'node:path';
import type {Program, Rig} from '../program/rig.ts';

/**
 * Watches a store, and counts the checkpoints and results of each key that were seen in it. Quick ones may be missed.
 */
export class StoreSteps {
  readonly #store: string;
  /** The number of the newest checkpoint; 0 for a key that is being computed without one. */
  readonly #checkpoints = new Map<string, number>();
  readonly #results = new Set<string>();

  constructor(rig: Rig) {
    this.#store = path.join(rig.folder, 'artifacts');
    // All stored files pass through this folder.
    mkdirSync(path.join(this.#store, 'tmp'), {recursive: true});
  }

  /** Waits until something in the store may have changed. `false`: the program has ended. */
  async change(program: Program): Promise<boolean> {
    const ended = new AbortController();
    void program.finished.then(() => ended.abort());
    const watcher = watch(path.join(this.#store, 'tmp'), {signal: ended.signal});
    try {
      await once(watcher, 'change', {signal: ended.signal});
      return true;
    } catch (error) {
      if (!ended.signal.aborted) throw error;
      return false;
    } finally {
      watcher.close();
    }
  }

  /** The number seen so far, by key; 0: it is being computed. */
  seen(): ReadonlyMap<string, number> {
    for (const name of namesIn(path.join(this.#store, 'leases'))) this.#note(keyOf(name), 0);
    for (const key of namesIn(path.join(this.#store, 'checkpoints'))) {
      const numbers = namesIn(path.join(this.#store, 'checkpoints', key)).map(Number);
      this.#note(key, Math.max(0, ...numbers));
    }
    for (const start of namesIn(path.join(this.#store, 'records'))) {
      for (const name of namesIn(path.join(this.#store, 'records', start))) {
        this.#note(keyOf(name), 0);
        this.#results.add(keyOf(name));
      }
    }
    return new Map(
      Array.from(this.#checkpoints, ([key, number]) => [
        key,
        number + (this.#results.has(key) ? 1 : 0),
      ]),
    );
  }

  #note(key: string, checkpoint: number): void {
    this.#checkpoints.set(key, Math.max(this.#checkpoints.get(key) ?? 0, checkpoint));
  }
}

function keyOf(name: string): string {
  return name.replace(/\.json$/, '');
}

/** Empty if the folder does not exist, or has just been removed. */
function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
