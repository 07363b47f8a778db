import {namesIn} from '../../base/folder-entries.ts';
import {isFailureCause} from '../../journal/event-shape.ts';
import {closedPath, failureFolder, failurePath, forcedPath, stopPath} from '../../store/layout.ts';
import type {Store} from '../../store/layout.ts';
import {createNote, readNote} from '../../store/note-file.ts';
import {parseDigest} from '../../base/digest.ts';
import type {Key} from '../../store/records/record.ts';
import type {FailureCause} from '../../worker/protocol.ts';

/** A failed attempt of one member, for the others. */
export interface FailureNote {
  readonly cause: FailureCause;
  /** Whether no other attempt follows. */
  readonly isFinal: boolean;
}

/**
 * The notes that the members of a run share. Each is made once and never changed, and is judged by reading it: a file that
 * is none of ours counts as absent.
 */
export class RunNotes {
  readonly #store: Store;
  readonly #run: string;
  /** The notes that `finalFailures` has read, and the keys of those that are final. */
  readonly #seen = new Set<string>();
  readonly #final = new Set<Key>();

  constructor(store: Store, run: string) {
    this.#store = store;
    this.#run = run;
  }

  /** The failed attempts at a key, in order. */
  failuresOf(key: Key): readonly FailureNote[] {
    const notes: FailureNote[] = [];
    for (let number = 1; ; number++) {
      const text = readNote(failurePath(this.#store, this.#run, key, number));
      if (text === undefined) return notes;
      const note = parseFailure(text);
      if (note !== undefined) notes.push(note);
    }
  }

  /** Adds a note about a failed attempt at a key to those that are there. */
  async addFailure(key: Key, note: FailureNote): Promise<void> {
    const text = JSON.stringify(note);
    for (let number = 1; ; number++) {
      const file = failurePath(this.#store, this.#run, key, number);
      if (readNote(file) !== undefined) continue;
      if ((await createNote(this.#store, file, text)) === 'made') return;
    }
  }

  /** The keys of which a final failure has been noted. Each note is read once. */
  finalFailures(): ReadonlySet<Key> {
    for (const name of namesIn(failureFolder(this.#store, this.#run))) {
      if (!this.#seen.has(name)) this.#see(name);
    }
    return this.#final;
  }

  isForcedMade(key: Key): boolean {
    return readNote(forcedPath(this.#store, this.#run, key)) !== undefined;
  }

  async noteForced(key: Key): Promise<void> {
    await createNote(this.#store, forcedPath(this.#store, this.#run, key), '{}');
  }

  #see(name: string): void {
    const [, text, number] = /^(\w+)\.(\d+)\.json$/.exec(name) ?? [];
    const key = parseDigest(text) as Key | undefined;
    if (key === undefined) return;
    const note = readNote(failurePath(this.#store, this.#run, key, Number(number)));
    // This machine may not see it yet.
    if (note === undefined) return;
    this.#seen.add(name);
    if (parseFailure(note)?.isFinal === true) this.#final.add(key);
  }
}

/** Asks the members of a run to save checkpoints and leave. Those that are still to come leave as well. */
export async function askToStop(store: Store, run: string): Promise<void> {
  await createNote(store, stopPath(store, run), JSON.stringify({how: 'checkpoint'}));
}

/** Whether the members of a run were asked to leave. */
export function isAskedToStop(store: Store, run: string): boolean {
  const {how} = (parseJson(readNote(stopPath(store, run))) ?? {}) as {readonly how?: unknown};
  return how === 'checkpoint';
}

/** Whether a process writes the end of a run, or has written it. */
export function isClosed(store: Store, run: string): boolean {
  return readNote(closedPath(store, run)) !== undefined;
}

function parseFailure(text: string | undefined): FailureNote | undefined {
  const {cause, isFinal} = (parseJson(text) ?? {}) as Partial<FailureNote>;
  return isFailureCause(cause) && typeof isFinal === 'boolean' ? {cause, isFinal} : undefined;
}

/** `undefined`: there is no text, or it is none of ours. */
export function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
