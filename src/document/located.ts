import type {Json, JsonObject} from '../base/json.ts';
import type {Span} from '../diagnostics/span.ts';

/** Plain data with its places in the file. An anchor and its aliases share one value. */
export type Located = LocatedScalar | LocatedList | LocatedMap | LocatedUnknown;

export interface LocatedScalar {
  readonly kind: 'scalar';
  /** Numbers are finite, whole ones exact, and never −0. */
  readonly value: string | number | boolean | null;
  readonly span: Span;
}

export interface LocatedList {
  readonly kind: 'list';
  readonly items: readonly Located[];
  readonly span: Span;
}

export interface LocatedMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  /** Entries are missing, which was reported. */
  readonly isPartial?: true;
  readonly span: Span;
}

export interface LocatedEntry {
  readonly keySpan: Span;
  readonly value: Located;
}

/** Stands for an unknown value. The mistake was reported, so code that meets it reports nothing. */
export interface LocatedUnknown {
  readonly kind: 'unknown';
  readonly span: Span;
}

/** A scalar that is text. */
export interface LocatedText extends LocatedScalar {
  readonly value: string;
}

/** The data without its places; unknown values become `null`. */
export function jsonOf(located: Located): Json {
  switch (located.kind) {
    case 'scalar':
      return located.value;
    case 'unknown':
      return null;
    case 'list':
      return located.items.map(jsonOf);
    case 'map':
      return fieldsOf(located);
  }
}

/** The data of a mapping without its places. */
export function fieldsOf({entries}: LocatedMap): JsonObject {
  return Object.fromEntries(Array.from(entries, ([key, {value}]) => [key, jsonOf(value)]));
}

/** Data as if all of it had been written at one place. */
export function locatedAt(value: Json, span: Span): Located {
  if (value === null || typeof value !== 'object') return {kind: 'scalar', value, span};
  if (Array.isArray(value)) {
    return {kind: 'list', items: value.map((item: Json) => locatedAt(item, span)), span};
  }
  const entries = Object.entries(value).map(
    ([key, field]) => [key, {keySpan: span, value: locatedAt(field, span)}] as const,
  );
  return {kind: 'map', entries: new Map(entries), span};
}

export function isText(located: Located): located is LocatedText {
  return located.kind === 'scalar' && typeof located.value === 'string';
}

/**
 * Maps characters `start` to `end` of a text to their place in its file: exact if the text was written without escapes
 * and line breaks, otherwise the first occurrence of the same characters, otherwise the whole text.
 */
export function spansWithin({value, span}: LocatedText): (start: number, end: number) => Span {
  const source = span.file.text.slice(span.start, span.end);
  const verbatim = source.indexOf(value);
  return (start, end) => {
    const at = verbatim >= 0 ? verbatim + start : source.indexOf(value.slice(start, end));
    if (at < 0) return span;
    return {file: span.file, start: span.start + at, end: span.start + at + (end - start)};
  };
}

/**
 * The innermost value along `path`, and whether the end of the path was reached. It is not if the data came from
 * elsewhere, such as from a substitution.
 */
export function locate(
  root: Located,
  path: readonly string[],
): {readonly value: Located; readonly entry?: LocatedEntry; readonly whole: boolean} {
  let value = root;
  let entry: LocatedEntry | undefined;
  for (const step of path) {
    const inner = child(value, step);
    if (inner === undefined) return {value, ...(entry && {entry}), whole: false};
    value = inner.value;
    entry = inner.entry;
  }
  return {value, ...(entry && {entry}), whole: true};
}

function child(
  located: Located,
  step: string,
): {readonly value: Located; readonly entry?: LocatedEntry} | undefined {
  switch (located.kind) {
    case 'scalar':
    case 'unknown':
      return undefined;
    case 'list': {
      const value = located.items[Number(step)];
      return value && {value};
    }
    case 'map': {
      const entry = located.entries.get(step);
      return entry && {value: entry.value, entry};
    }
  }
}
