import {closeSync, openSync, readSync, writeSync} from 'node:fs';
import {isErrno} from '../base/errno.ts';
import {InternalError} from '../base/internal-error.ts';
import {readFlags, readText} from '../base/read-text.ts';
import {isEvent} from './event-shape.ts';
import type {RunEvent} from './event.ts';
import {SteadySync} from './steady-sync.ts';

type Hit = Extract<RunEvent, {kind: 'hit'}>;

/** A file of a run's events, one line of JSON each, written as they happen. */
export class Journal {
  /** `undefined`: the journal is closed. */
  #file: number | undefined;
  /** Hits of one millisecond that are not yet written. */
  #hits: Hit[] = [];
  /** Absent: it is for the system to flush the file. */
  readonly #flushes: SteadySync | undefined;

  /** @param isShared whether other machines follow it: what is written is flushed within a second */
  constructor(file: string, {isShared = false}: {readonly isShared?: boolean} = {}) {
    this.#file = openSync(file, 'a');
    if (isShared) this.#flushes = new SteadySync(this.#file);
  }

  /**
   * Appends an event with one write per line, so that a crash can tear only the last line. Hits wait for the event
   * after them.
   */
  append(event: RunEvent): void {
    if (event.kind === 'hit' && event.isElsewhere !== true) {
      if (this.#hits[0]?.at !== event.at) this.flush();
      this.#hits.push(event);
    } else {
      this.flush();
      this.#write(event);
    }
  }

  /** Appends hits that are written already, as `hitsText` writes them. */
  appendHits(at: string, text: string): void {
    this.flush();
    this.#writeText(hitsLine(at, text));
  }

  /** Writes the waiting hits. */
  flush(): void {
    const [first, second] = this.#hits;
    if (first === undefined) return;
    if (second === undefined) this.#write(first);
    else {
      this.#writeText(hitsLine(first.at, hitsText(this.#hits)));
    }
    this.#hits = [];
  }

  /** Writes everything, and flushes a shared journal. */
  sync(): void {
    this.flush();
    this.#flushes?.now();
  }

  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    try {
      this.sync();
    } finally {
      this.#file = undefined;
      closeSync(file);
    }
  }

  #write(event: RunEvent): void {
    this.#writeText(JSON.stringify(event));
  }

  #writeText(line: string): void {
    // Attempts may outlive a run that failed, and must start no others. The descriptor may be of another file by now.
    if (this.#file === undefined) throw new InternalError('The journal is closed.');
    writeSync(this.#file, `${line}\n`);
    this.#flushes?.wrote();
  }
}

/** Hits as one line of a journal has them: a list of instance, key and saved milliseconds. */
export function hitsText(hits: readonly Pick<Hit, 'instance' | 'key' | 'savedMs'>[]): string {
  return JSON.stringify(hits.map(({instance, key, savedMs}) => [instance, key, savedMs]));
}

/** A line of several hits of one millisecond, of which there may be thousands. */
function hitsLine(at: string, hits: string): string {
  return `{"at":${JSON.stringify(at)},"kind":"hits","hits":${hits}}`;
}

/** The readable part of a journal, and what cannot be read of it. */
export function salvageJournal(file: string): {
  readonly events: readonly RunEvent[];
  /** Number of complete lines without an event. */
  readonly unreadable: number;
  /** Whether it ends within a line. */
  readonly isTorn: boolean;
} {
  const {lines, rest} = splitLines(file);
  const read = lines.map(readableEvents);
  return {
    events: read.flatMap((events) => events ?? []),
    unreadable: read.filter((events) => events === undefined).length,
    isTorn: rest !== '',
  };
}

/** Complete lines end in a line feed; the text after the last one is empty or torn. */
function splitLines(file: string): {readonly lines: readonly string[]; readonly rest: string} {
  const lines = readText(file).split('\n');
  const rest = lines.pop() ?? '';
  return {lines, rest};
}

/** The events of one complete line; `undefined` if it holds none. */
export function readableEvents(text: string): readonly RunEvent[] | undefined {
  try {
    return eventsOf(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function eventsOf(text: string): readonly RunEvent[] {
  const line: unknown = JSON.parse(text);
  if (isEvent(line)) return [line];
  const {at, hits} = (line ?? {}) as {readonly at?: unknown; readonly hits?: unknown};
  const events = Array.isArray(hits) ? hits.map((hit: unknown) => hitOf(at, hit)) : [];
  if (events.length === 0 || !events.every(isEvent)) throw new SyntaxError(`no event: ${text}`);
  return events;
}

/** The hit at a position of a line of several hits, as an event. */
function hitOf(at: unknown, hit: unknown): unknown {
  const [instance, key, savedMs] = Array.isArray(hit) ? (hit as readonly unknown[]) : [];
  return {at, kind: 'hit', instance, key, savedMs};
}

/** The start of a run, without reading its whole journal. `undefined`: there is no journal, or no complete line yet. */
export function readRunStart(file: string): RunStarted | undefined {
  try {
    const event: unknown = JSON.parse(firstLine(file));
    return isEvent(event) && event.kind === 'run-started' ? event : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type RunStarted = Extract<RunEvent, {kind: 'run-started'}>;

/** The largest first line; a longer one was not written by this program. */
const lineBytes = 1 << 16;

function firstLine(file: string): string {
  const descriptor = openSync(file, readFlags);
  try {
    const buffer = Buffer.alloc(lineBytes);
    const text = buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, lineBytes, 0));
    return text.slice(0, text.indexOf('\n') + 1);
  } finally {
    closeSync(descriptor);
  }
}
