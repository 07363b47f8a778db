import {closeSync, openSync, readFileSync, writeSync} from 'node:fs';
import type {InstanceId} from '../pipeline/instance.ts';
import type {Key} from '../store/record.ts';
import type {RunEvent} from './event.ts';

type Hit = Extract<RunEvent, {kind: 'hit'}>;

/** A line of the journal: an event, or all hits of a millisecond, of which there may be very many. */
type Line =
  | RunEvent
  | {
      readonly at: string;
      readonly kind: 'hits';
      readonly hits: readonly (readonly [InstanceId, Key, savedMs: number])[];
    };

/** The file that keeps a run's events, a line of JSON each, written as they happen. */
export class Journal {
  readonly #file: number;
  /** Hits of one millisecond that are not written yet. */
  #hits: Hit[] = [];

  constructor(file: string) {
    this.#file = openSync(file, 'a');
  }

  /** One write per line: a crash can tear the last line, never an earlier one. Hits wait for what comes after them. */
  append(event: RunEvent): void {
    if (event.kind === 'hit') {
      if (this.#hits[0]?.at !== event.at) this.flush();
      this.#hits.push(event);
    } else {
      this.flush();
      this.#write(event);
    }
  }

  /** Writes the hits that wait. */
  flush(): void {
    const [first, second] = this.#hits;
    if (first === undefined) return;
    if (second === undefined) this.#write(first);
    else {
      const hits = this.#hits.map(({instance, key, savedMs}) => [instance, key, savedMs] as const);
      this.#write({at: first.at, kind: 'hits', hits});
    }
    this.#hits = [];
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** The events of a run, in order. A last line that was torn by a crash is left out. */
export function readJournal(file: string): readonly RunEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // Every whole line ends in a line feed, so what follows the last one is empty or torn.
  lines.pop();
  return lines.flatMap(eventsOf);
}

/** The events of one whole line of a journal. */
export function eventsOf(text: string): readonly RunEvent[] {
  const line = JSON.parse(text) as Line;
  if (line.kind !== 'hits') return [line];
  return line.hits.map(([instance, key, savedMs]) => ({
    at: line.at,
    kind: 'hit',
    instance,
    key,
    savedMs,
  }));
}
