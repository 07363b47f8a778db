import path from 'node:path';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showValue} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {isText, jsonOf, type Located, type LocatedMap} from '../../document/located.ts';
import {nearestMemory, parseMemory} from '../../base/parse-memory.ts';
import {nearestTime, parseTime} from './parse-time.ts';
import {expectMap, expectText} from './pipeline-source.ts';

/** Reads the fields of a mapping, and reports those of another kind. */
export class FieldReader {
  readonly log: DiagnosticLog;
  readonly #map: LocatedMap;
  readonly #what: string;

  /** @param what begins the message that a field is missing: `A profile` */
  constructor(map: LocatedMap, log: DiagnosticLog, what = '') {
    this.#map = map;
    this.#what = what;
    this.log = log;
  }

  get span(): Span {
    return this.#map.span;
  }

  has(name: string): boolean {
    return this.#map.entries.has(name);
  }

  spanOf(name: string): Span {
    return this.#map.entries.get(name)?.value.span ?? this.#map.span;
  }

  value(name: string): Located | undefined {
    return this.#map.entries.get(name)?.value;
  }

  text(name: string): {readonly value: string; readonly span: Span} | undefined {
    const value = this.value(name);
    return value && expectText(value, `\`${name}\``, this.log);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const found = this.text(name);
    const choice = choices.find((one) => one === found?.value);
    if (found !== undefined && choice === undefined) {
      const message = `\`${name}\` must be ${choices.join(' or ')}, got ${showValue(found.value)}.`;
      this.log.error('bad-value', found.span, message);
    }
    return choice;
  }

  /** A name, or another text that says nothing when it is empty. */
  filledText(name: string): string | undefined {
    const found = this.text(name)?.value;
    if (found !== '') return found;
    expected(`\`${name}\``, 'a text that is not empty', this.value(name)!, this.log);
    return undefined;
  }

  /** The text that has to be there. @param example completes the sentence, such as `the address of an image` */
  neededText(name: string, example: string): string | undefined {
    this.need(name, example);
    return this.filledText(name);
  }

  /** Reports a field that has to be there and is not. */
  need(name: string, example: string): void {
    if (this.has(name)) return;
    const message = `${this.#what} must have \`${name}\`, ${example}.`;
    this.log.error('missing-key', this.span, message, {about: name});
  }

  /** A path that holds in every folder. */
  absolutePath(name: string): string | undefined {
    const found = this.text(name);
    if (found === undefined || path.isAbsolute(found.value)) return found?.value;
    const message = `\`${name}\` must be an absolute path, got ${showValue(found.value)}.`;
    this.log.error('bad-value', found.span, message);
    return undefined;
  }

  count(name: string, least: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.kind === 'scalar' && Number.isSafeInteger(value.value)) {
      if ((value.value as number) >= least) return value.value as number;
    }
    expected(`\`${name}\``, `an integer ≥ ${least}`, value, this.log);
    return undefined;
  }

  /** A time such as `30m`, in milliseconds. */
  time(name: string): number | undefined {
    return this.#amount(name, aTime);
  }

  /** An amount of memory such as `16G`, in bytes. */
  memory(name: string): number | undefined {
    return this.#amount(name, anAmountOfMemory);
  }

  #amount(name: string, {parse, nearest, expected: kind}: AmountForm): number | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === 'unknown') return undefined;
    const written = jsonOf(value);
    const amount = parse(written);
    if (amount === undefined) {
      const message = `\`${name}\` must be ${kind}, got ${showValue(written)}.`;
      this.log.error('bad-value', value.span, message, {suggestion: quoted(nearest(written))});
    }
    return amount;
  }

  isTrue(name: string): boolean {
    const value = this.value(name);
    if (value === undefined) return false;
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
    expected(`\`${name}\``, 'true or false', value, this.log);
    return false;
  }

  map(name: string): LocatedMap | undefined {
    const value = this.value(name);
    const map = value && expectMap(value, `\`${name}\``, this.log);
    return map?.kind === 'map' ? map : undefined;
  }

  /** Words of a command line, of which some may look like numbers. */
  words(name: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === 'unknown') return undefined;
    if (value.kind === 'list') {
      const words = value.items.flatMap((item) => wordOf(item) ?? []);
      if (words.length === value.items.length) return words;
      if (value.items.some(({kind}) => kind === 'unknown')) return undefined;
    }
    expected(`\`${name}\``, 'a list of words', value, this.log);
    return undefined;
  }

  /** One text, or a list of texts. */
  textOrTexts(name: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined || value.kind === 'list') return this.texts(name);
    const text = this.text(name)?.value;
    return text === undefined ? undefined : [text];
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (value.kind === 'list' && value.items.every(isText)) {
      return value.items.map((item) => item.value);
    }
    expected(`\`${name}\``, 'a list of texts', value, this.log);
    return undefined;
  }
}

/** Reports a value of another kind than is expected. */
export function expected(what: string, kind: string, got: Located, log: DiagnosticLog): void {
  if (got.kind === 'unknown') return;
  log.error('bad-value', got.span, `${what} must be ${kind}, got ${showValue(jsonOf(got))}.`);
}

function wordOf(item: Located): string | undefined {
  if (isText(item)) return item.value;
  return item.kind === 'scalar' && typeof item.value === 'number' ? String(item.value) : undefined;
}

/** How an amount is written. */
export interface AmountForm {
  readonly parse: (written: unknown) => number | undefined;
  /** What a wrong amount probably meant. */
  readonly nearest: (written: unknown) => string | undefined;
  /** The description of a valid amount. */
  readonly expected: string;
}

/** How times are written. */
export const aTime: AmountForm = {
  parse: parseTime,
  nearest: nearestTime,
  expected: 'a time above 0 such as 90s, 30m or 2h',
};

/** How amounts of memory are written. */
export const anAmountOfMemory: AmountForm = {
  parse: parseMemory,
  nearest: nearestMemory,
  expected: 'an amount above 0 such as 512M, 16G or 1.5T',
};
