import {closeSync, openSync, readFileSync, writeSync} from 'node:fs';
import type {RunEvent} from './event.ts';

/** The file that keeps a run's events, a line of JSON each, written as they happen. */
export class Journal {
  readonly #file: number;

  constructor(file: string) {
    this.#file = openSync(file, 'a');
  }

  /** One write per line: a crash can tear the last line, never an earlier one. */
  append(event: RunEvent): void {
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The events of a run, in order. A last line that was torn by a crash is left out. */
export function readJournal(file: string): readonly RunEvent[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // Every whole line ends in a line feed, so what follows the last one is empty or torn.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as RunEvent);
}
