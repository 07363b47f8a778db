import {closeSync, openSync, readFileSync, readSync, writeSync} from 'node:fs';
import {isErrno} from '../base/errno.ts';
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

/** How a run began, without reading all of its journal. `undefined`: it is not there, or says nothing whole yet. */
export function readRunStart(file: string): RunStarted | undefined {
  try {
    const event = JSON.parse(firstLine(file)) as RunEvent;
    return event.kind === 'run-started' ? event : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type RunStarted = Extract<RunEvent, {kind: 'run-started'}>;

/** A first line is shorter than this, unless it is none of ours. */
const lineBytes = 1 << 16;

function firstLine(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(lineBytes);
    const text = buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, lineBytes, 0));
    return text.slice(0, text.indexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
