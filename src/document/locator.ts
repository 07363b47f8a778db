import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Scalar,
  type Alias,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import {showValue} from '../diagnostics/show-value.ts';
import type {SourceFile, Span} from '../diagnostics/span.ts';
import {jsonOf, type Located, type LocatedEntry} from './located.ts';

/** How deep lists and mappings may be nested. */
export const maxDepth = 64;

/** The tags of plain data; any other asks for a type that JSON does not have. */
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'seq', 'map'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** A converted node and how many values it holds, aliases written out. */
interface Anchored {
  readonly located: Located;
  readonly values: number;
}

/** Converts nodes in the order of the document, so that an alias finds the anchor before it. */
export class Locator {
  readonly #file: SourceFile;
  readonly #from: number;
  readonly #log: DiagnosticLog;
  /** How many values the document may hold once its aliases are written out. */
  readonly #maxValues: number;
  readonly #anchors = new Map<string, Anchored | 'open'>();
  #values = 0;

  constructor(file: SourceFile, from: number, log: DiagnosticLog, maxValues: number) {
    this.#file = file;
    this.#from = from;
    this.#log = log;
    this.#maxValues = maxValues;
  }

  /** @param place where a value that was left out would have been */
  value(node: Node | null, depth: number, place?: Span): Located {
    const span = node === null && place !== undefined ? place : this.#span(node);
    if (++this.#values > this.#maxValues) return this.#overflow(span);
    if (depth > maxDepth) {
      reportDepth(span, this.#log);
      return unknown(span);
    }
    if (isAlias(node)) return this.#alias(node, span);
    if (node === null) return {kind: 'scalar', value: null, span};
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const before = this.#values;
    const located = this.#plain(node, span, depth);
    if (anchor !== undefined) {
      this.#anchors.set(anchor, {located, values: this.#values - before + 1});
    }
    return located;
  }

  #plain(node: Node, span: Span, depth: number): Located {
    const {tag} = node as {readonly tag?: string};
    if (tag !== undefined && !plainTags.has(tag)) {
      const name = tag.replace('tag:yaml.org,2002:', '!!');
      const message = `The tag ${name} is not supported: a pipeline is plain data.`;
      this.#log.error('unsupported-tag', span, message);
      return unknown(span);
    }
    if (isMap(node)) return this.#map(node, span, depth);
    if (isSeq<Node>(node)) {
      return {kind: 'list', items: node.items.map((item) => this.value(item, depth + 1)), span};
    }
    return this.#scalar(node as Scalar, span);
  }

  #scalar({value, source}: Scalar, span: Span): Located {
    if (typeof value === 'bigint' || typeof value === 'number') {
      const number = Number(value);
      const exact =
        typeof value === 'number' ? Number.isFinite(value) : Number.isSafeInteger(number);
      if (exact) return {kind: 'scalar', value: number === 0 ? 0 : number, span};
      const message = Number.isFinite(number)
        ? `The number ${source!} cannot be held exactly; write it as text.`
        : `A number must be finite, got ${source!}.`;
      this.#log.error('bad-value', span, message);
      return unknown(span);
    }
    const plain = typeof value === 'string' || typeof value === 'boolean' ? value : null;
    return {kind: 'scalar', value: plain, span};
  }

  #map(node: YAMLMap, span: Span, depth: number): Located {
    const entries = new Map<string, LocatedEntry>();
    /** Where keys are given here, and not by another mapping that is merged in. */
    const given = new Map<string, Span>();
    let isPartial = false;
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const key = this.#key(pair.key);
      const keySpan = this.#span(pair.key);
      const value = this.value(pair.value, depth + 1, keySpan);
      isPartial ||= key === undefined;
      if (key === undefined) continue;
      const first = given.get(key);
      if (first !== undefined) {
        const notes = [{message: 'It is first given', span: first}];
        this.#log.error('duplicate-key', keySpan, `The key \`${key}\` is given twice.`, {notes});
        continue;
      }
      given.set(key, keySpan);
      if (isMergeKey(pair.key)) this.#merge(value, entries, this.#span(pair.value));
      else entries.set(key, {keySpan, value});
    }
    return {kind: 'map', entries, span, ...(isPartial && {isPartial})};
  }

  /** Adds the entries of `<<: *other`, or of a list of such: what a mapping gives itself, and what was before, wins. */
  #merge(merged: Located, entries: Map<string, LocatedEntry>, place: Span): void {
    for (const one of merged.kind === 'list' ? merged.items : [merged]) {
      if (one.kind === 'map') {
        for (const [key, entry] of one.entries) {
          if (!entries.has(key)) entries.set(key, entry);
        }
      } else if (one.kind !== 'unknown') {
        const message = `\`<<\` takes in a mapping, such as *defaults, or a list of them, got ${showValue(jsonOf(one))}. As a key it needs quotes.`;
        this.#log.error('bad-value', merged.kind === 'list' ? one.span : place, message);
      }
    }
  }

  #key(node: Node | null): string | undefined {
    if (isScalar(node) && typeof node.value === 'string') return node.value;
    const source = isScalar(node) ? node.source : undefined;
    const message = 'A key must be text.';
    const suggestion = source ? JSON.stringify(source) : undefined;
    this.#log.error('non-string-key', this.#span(node), message, {suggestion});
    return undefined;
  }

  #alias({source}: Alias, span: Span): Located {
    const anchored = this.#anchors.get(source);
    if (anchored === undefined || anchored === 'open') {
      const what = anchored === 'open' ? 'contains itself' : 'has no anchor before it';
      this.#log.error('bad-alias', span, `The alias *${source} ${what}.`);
      return unknown(span);
    }
    this.#values += anchored.values;
    return this.#values > this.#maxValues ? this.#overflow(span) : anchored.located;
  }

  #overflow(span: Span): Located {
    // Told once, where it happened first: the rest of the document follows from it.
    if (this.#values < Infinity) {
      const message = `The document holds more than ${this.#maxValues} values.`;
      this.#log.error('too-large', span, message);
    }
    this.#values = Infinity;
    return unknown(span);
  }

  #span(node: Node | null): Span {
    const [start, end] = node?.range ?? [0, 0];
    return clamp({file: this.#file, start: this.#from + start, end: this.#from + end});
  }
}

/** `<<` without quotes. */
function isMergeKey(node: Node | null): boolean {
  return isScalar(node) && node.value === '<<' && node.type === Scalar.PLAIN;
}

function unknown(span: Span): Located {
  return {kind: 'unknown', span};
}

/** Reports that something is nested too deep. */
export function reportDepth(span: Span, log: DiagnosticLog): void {
  log.error('too-large', span, `Lists and mappings may be nested ${maxDepth} deep.`);
}

/** A span that lies within its file. */
export function clamp({file, start, end}: Span): Span {
  const length = file.text.length;
  return {file, start: Math.min(start, length), end: Math.min(Math.max(start, end), length)};
}
