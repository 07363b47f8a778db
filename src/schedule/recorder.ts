import path from 'node:path';
import type {RunEvent, RunEventBody} from '../journal/event.ts';
import {Journal} from '../journal/journal.ts';
import {SparseProgress} from '../journal/sparse-progress.ts';

/** Dates the events of this process, keeps them in its journal, and tells a listener all of them. */
export class Recorder {
  readonly #journal: Journal;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #clock = new Clock();
  readonly #progress = new SparseProgress();

  /**
   * @param folder the folder of the journal, which exists
   * @param options as those of the journal
   */
  constructor(
    folder: string,
    onEvent: (event: RunEvent) => void,
    options: ConstructorParameters<typeof Journal>[1] = {},
  ) {
    this.#journal = new Journal(path.join(folder, 'events.jsonl'), options);
    this.#onEvent = onEvent;
  }

  readonly emit = (body: RunEventBody): void => {
    const event = {at: this.#clock.now(), ...body};
    if (this.#progress.keeps(event)) this.#journal.append(event);
    this.#onEvent(event);
  };

  /** Dates and keeps hits, as `hitsText` writes them. The listener is told none of them. */
  keepHits(text: string): void {
    this.#journal.appendHits(this.#clock.now(), text);
  }

  /** Writes what waits to be written. */
  readonly flush = (): void => this.#journal.flush();

  /** Shows what was written to other machines. */
  sync(): void {
    this.#journal.sync();
  }

  close(): void {
    this.#journal.close();
  }
}

/**
 * The time as events contain it. The text is cached, since many events happen in one millisecond and formatting takes
 * longer than reading the clock.
 */
class Clock {
  #ms = Number.NaN;
  #text = '';

  now(): string {
    const ms = Date.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }
}
