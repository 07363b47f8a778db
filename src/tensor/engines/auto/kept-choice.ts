import {createHash, randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {JsonObject} from '../../../base/json.ts';
import type {Trial} from './choose-fastest.ts';

/** A choice as it is kept for later starts. */
export interface KeptChoice {
  /** The name of the engine. */
  readonly name: string;
  /** The engine's own description, with card and driver. */
  readonly description: string;
  /** The number of threads that the CPU's engine had. */
  readonly threads: number;
  /** When it was measured, as ISO 8601 writes it. */
  readonly measured: string;
  readonly trials: readonly Trial[];
}

/** The place of one choice: a file in the cache folder, named after what the choice depends on. */
export class ChoiceFile {
  readonly path: string;
  readonly #key: string;

  /** @param key what can be known of machine and program before an engine starts */
  constructor(folder: string, key: JsonObject) {
    this.#key = JSON.stringify(key);
    const digest = createHash('sha256').update(this.#key).digest('hex').slice(0, 16);
    this.path = path.join(folder, `engine-${digest}.json`);
  }

  /** The choice that was kept; `undefined`: there is none, or the file is damaged or about something else. */
  read(): KeptChoice | undefined {
    try {
      const {key, ...choice} = JSON.parse(readFileSync(this.path, 'utf8')) as Record<
        string,
        unknown
      >;
      return JSON.stringify(key) === this.#key && isChoice(choice) ? choice : undefined;
    } catch {
      // What cannot be read, or is no JSON object, is made again.
      return undefined;
    }
  }

  /** Keeps a choice, if the file can be written: others see the whole file or the one before. */
  write(choice: KeptChoice): void {
    const text = JSON.stringify(
      {key: JSON.parse(this.#key) as JsonObject, ...choice},
      undefined,
      2,
    );
    try {
      mkdirSync(path.dirname(this.path), {recursive: true});
      replaceWhole(this.path, `${text}\n`);
    } catch {
      // Without a home that can be written, the next start measures again.
    }
  }
}

function replaceWhole(file: string, text: string): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } finally {
    rmSync(draft, {force: true});
  }
}

function isChoice(
  value: Readonly<Record<string, unknown>>,
): value is Record<string, unknown> & KeptChoice {
  const {name, description, threads, measured, trials} = value;
  return (
    [name, description, measured].every((text) => typeof text === 'string') &&
    typeof threads === 'number' &&
    Array.isArray(trials) &&
    trials.every(isTrial)
  );
}

function isTrial(value: unknown): value is Trial {
  if (typeof value !== 'object' || value === null) return false;
  const {name, milliseconds, refusal} = value as Readonly<Record<string, unknown>>;
  return (
    typeof name === 'string' && (typeof milliseconds === 'number') !== (typeof refusal === 'string')
  );
}
