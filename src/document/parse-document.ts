import {
  CST,
  Lexer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument as parseYaml,
  type Alias,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type {DiagnosticLog} from '../diagnostics/diagnostic.ts';
import type {SourceFile, Span} from '../diagnostics/span.ts';
import type {Located, LocatedEntry} from './located.ts';

/** Limit of the nesting of lists and mappings. */
const maxDepth = 64;
/** Limit of the number of values in a document with its aliases expanded. */
const maxValues = 200_000;

/** The tags of plain data; any other tag asks for a type that JSON lacks. */
const plainTags = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'seq', 'map'].map((name) => `tag:yaml.org,2002:${name}`),
);

/**
 * YAML 1.2 text as located plain data, or `undefined` if there is none. Every mistake goes to the log, and an invalid
 * value becomes `unknown`. Never throws, whatever the text.
 * @param from the offset at which the YAML begins in the file's text
 */
export function parseDocument(file: SourceFile, log: DiagnosticLog, from = 0): Located | undefined {
  const text = file.text.slice(from);
  const tooDeep = firstTooDeep(text);
  if (tooDeep !== undefined) {
    reportDepth(clamp({file, start: from + tooDeep, end: from + tooDeep + 1}), log);
    return undefined;
  }
  const document = parseYaml(text, {
    intAsBigInt: true, // Whole numbers that a double cannot represent are reported, not rounded.
    prettyErrors: false,
    uniqueKeys: false, // Its check takes quadratic time; `map` has our own.
    stringKeys: false,
  });
  const whole = {file, start: from, end: file.text.length};
  const error = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0];
  if (error !== undefined) {
    const span = {file, start: from + error.pos[0], end: from + error.pos[1]};
    reportYamlError(error, clamp(span), log);
    return undefined;
  }
  const root = document.contents as Node | null;
  if (root === null || (isScalar(root) && root.source === '' && root.tag === undefined)) {
    log.error(
      'empty-file',
      {...whole, end: from},
      'The file contains only white space and comments.',
    );
    return undefined;
  }
  return new Locator(file, from, log).value(root, 0);
}

/**
 * The offset at which brackets are first nested too deeply. Checked before composing, which is recursive: a megabyte of
 * brackets would end the process.
 */
function firstTooDeep(text: string): number | undefined {
  let depth = 0;
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (!isScalar && (lexeme === '[' || lexeme === '{')) depth++;
    if (!isScalar && (lexeme === ']' || lexeme === '}')) depth--;
    if (depth > maxDepth) return offset;
    isScalar = lexeme === CST.SCALAR;
    const isMark = isScalar || lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END;
    if (!isMark) offset += lexeme.length;
  }
  return undefined;
}

function reportDepth(span: Span, log: DiagnosticLog): void {
  log.error('too-large', span, `Lists and mappings may be nested ${maxDepth} deep.`);
}

interface YamlError {
  readonly code: string;
  readonly message: string;
}

function reportYamlError({code, message}: YamlError, span: Span, log: DiagnosticLog): void {
  if (code === 'MULTIPLE_DOCS') {
    log.error('multiple-documents', span, 'A file has one YAML document; another begins here.');
  } else if (code === 'RESOURCE_EXHAUSTION') {
    reportDepth(span, log);
  } else {
    const before = span.file.text.slice(Math.max(0, span.start - 1), span.start + 1);
    const unquoted = /\$\{|\{$/.test(before) && span.file.text.includes('${');
    const notes = unquoted ? [{message: 'A value with ${…} needs quotes: "${params.name}".'}] : [];
    log.error('yaml-syntax', onText(span), `This is not YAML: ${sentence(message)}`, {notes});
  }
}

function sentence(message: string): string {
  const firstLine = message.split('\n', 1)[0]!;
  const lower = firstLine.charAt(0).toLowerCase() + firstLine.slice(1);
  return /[.!?]$/.test(lower) ? lower : `${lower}.`;
}

/**
 * A document that ends too early is reported at the end of its text, not of the file; a mistake that begins in an empty
 * line, after that line.
 */
function onText({file, start, end}: Span): Span {
  const textEnd = file.text.trimEnd().length;
  if (start >= textEnd) return {file, start: textEnd, end: textEnd};
  const emptyLines = /(?:[ \t\r]*\n)+/y;
  emptyLines.lastIndex = file.text.lastIndexOf('\n', start - 1) + 1;
  const begin = emptyLines.test(file.text) ? Math.max(start, emptyLines.lastIndex) : start;
  return {file, start: begin, end: Math.max(begin, end)};
}

function clamp({file, start, end}: Span): Span {
  const length = file.text.length;
  return {file, start: Math.min(start, length), end: Math.min(Math.max(start, end), length)};
}

/** A converted node, and its number of values with aliases expanded. */
interface Anchored {
  readonly located: Located;
  readonly values: number;
}

/** Converts nodes in the order of the document, so that an alias finds the anchor before it. */
class Locator {
  readonly #file: SourceFile;
  readonly #from: number;
  readonly #log: DiagnosticLog;
  readonly #anchors = new Map<string, Anchored | 'open'>();
  #values = 0;

  constructor(file: SourceFile, from: number, log: DiagnosticLog) {
    this.#file = file;
    this.#from = from;
    this.#log = log;
  }

  /** @param place the place of a value that was left out */
  value(node: Node | null, depth: number, place?: Span): Located {
    const span = node === null && place !== undefined ? place : this.#span(node);
    if (++this.#values > maxValues) return this.#overflow(span);
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
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const key = this.#key(pair.key);
      const keySpan = this.#span(pair.key);
      const value = this.value(pair.value, depth + 1, keySpan);
      if (key === undefined) continue;
      const first = entries.get(key);
      if (first === undefined) {
        entries.set(key, {keySpan, value});
      } else {
        const notes = [{message: 'It is first given', span: first.keySpan}];
        this.#log.error('duplicate-key', keySpan, `The key \`${key}\` is given twice.`, {notes});
      }
    }
    return {kind: 'map', entries, span};
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
    return this.#values > maxValues ? this.#overflow(span) : anchored.located;
  }

  #overflow(span: Span): Located {
    // Reported once, at its first occurrence: the rest of the document follows from it.
    if (this.#values < Infinity) {
      const message = `The document holds more than ${maxValues} values.`;
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

function unknown(span: Span): Located {
  return {kind: 'unknown', span};
}
