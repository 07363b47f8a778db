import path from 'node:path';
import {isSystemError} from '../../../base/errno.ts';
import {readableEntriesIn} from '../../../base/folder-entries.ts';
import {readEnd} from '../../../base/read-end.ts';
import {visibleLine} from '../../../base/visible.ts';
import type {QueuedMember} from '../../../cluster/engine.ts';
import {outputName} from '../../../cluster/engines/allocation-words.ts';

/** A line is short; longer ones are shown from where these bytes begin. */
const lastBytes = 1000;

/** The line that `srun` prints of each step that fails, after those of the member. */
const ofStep = /^srun: (?:error: .*: Exited with exit code \d+|Terminating StepId=)/;

/**
 * What was printed last in the allocations of a run that have ended before a member could say in its journal why it
 * leaves: one that could not start, was refused, or was killed.
 */
export class LastLines {
  readonly #folder: string;
  readonly #run: string;
  readonly #read = new Set<string>();
  readonly #told = new Set<string>();

  /** @param folder the folder for what the allocations of the run print */
  constructor(folder: string, run: string) {
    this.#folder = folder;
    this.#run = run;
  }

  /**
   * Lines for the user about the allocations that have ended since the last call; one for all that have printed the same.
   * @param queued the members that wait or run
   */
  next(queued: readonly Pick<QueuedMember, 'job'>[]): readonly string[] {
    const going = new Set(queued.map(({job}) => outputName(job)));
    const names = readableEntriesIn(this.#folder)
      .filter((entry) => entry.isFile())
      .map(({name}) => name);
    return names.sort().flatMap((name) => {
      if (going.has(name) || this.#read.has(name)) return [];
      this.#read.add(name);
      const line = lastLine(path.join(this.#folder, name));
      if (line === undefined || this.#isOfMember(line) || this.#told.has(line)) return [];
      this.#told.add(line);
      return [`! A member has ended. The last line of its output (out/${name}): ${line}\n`];
    });
  }

  /** Whether the last word is of a member that has joined, whose journal says the same. */
  #isOfMember(line: string): boolean {
    return line.startsWith(`Run ${this.#run}: `) || line === `Run ${this.#run} has ended.`;
  }
}

function lastLine(file: string): string | undefined {
  const lines = endOf(file).split('\n');
  const line = lines.findLast((one) => one.trim() !== '' && !ofStep.test(one));
  return line && visibleLine(line.trim());
}

/** Empty if it cannot be read: anybody who shares the store may have put something else in its place. */
function endOf(file: string): string {
  try {
    return readEnd(file, lastBytes)?.text ?? '';
  } catch (error) {
    if (isSystemError(error)) return '';
    throw error;
  }
}
