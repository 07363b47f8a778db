import type {DiagnosticLog} from '../../../diagnostics/diagnostic.ts';
import {showValue} from '../../../diagnostics/show-value.ts';
import type {SourceFile, Span} from '../../../diagnostics/span.ts';
import {jsonOf, locatedAt, type Located, type LocatedScalar} from '../../../document/located.ts';
import {parseDocument} from '../../../document/parse-document.ts';
import type {Override} from '../../../pipeline/source/overrides.ts';
import {splitArgument} from '../../../pipeline/source/set-option.ts';

/** A parameter that a sweep varies. */
export interface Varied extends Pick<Override, 'name' | 'nameSpan'> {
  /** The option as it was given. */
  readonly argument: string;
  readonly values: VariedValues;
}

export type VariedValues =
  {readonly kind: 'list'; readonly items: readonly LocatedScalar[]} | ValueRange;

/** Numbers between two ends, which belong to it. */
export interface ValueRange {
  readonly kind: 'range';
  readonly low: number;
  readonly high: number;
  /** Both ends are written as whole numbers, and so are the values. */
  readonly isWhole: boolean;
  readonly span: Span;
}

const form = "--over 'name=value,value' or --over 'name=low..high'";

/** What `--over name=…` varies; `undefined` after reporting a mistake. */
export function parseOver(given: string, log: DiagnosticLog): Varied | undefined {
  const split = splitArgument(['--over', given], form, log);
  if (split === undefined) return undefined;
  const {file, valueAt, name, nameSpan} = split;
  const written = file.text.slice(valueAt);
  const range = /^\s*([-+.\deE]+?)\.\.([-+.\deE]+)\s*$/.exec(written);
  const span = {file, start: valueAt, end: file.text.length};
  const values = range ? parseRange(range[1]!, range[2]!, span, log) : parseList(span, log);
  return values && {name, nameSpan, argument: file.text, values};
}

function parseRange(
  from: string,
  to: string,
  span: Span,
  log: DiagnosticLog,
): ValueRange | undefined {
  const [low, high] = [Number(from), Number(to)];
  if (Number.isFinite(low) && Number.isFinite(high) && low < high) {
    const isWhole = [from, to].every((end) => /^[-+]?\d+$/.test(end));
    return {kind: 'range', low, high, isWhole, span};
  }
  const message = `A range is two numbers, the smaller one first, such as 1..1000; got ${from}..${to}.`;
  log.error('bad-value', span, message);
  return undefined;
}

function parseList({file, start}: Span, log: DiagnosticLog): VariedValues | undefined {
  const spans = partsOf(file, start);
  const items = spans.flatMap((span) => parseItem(span, log) ?? []);
  if (items.length < spans.length) return undefined;
  const seen = new Set<string>();
  for (const {value, span} of items) {
    // Instances are told apart by the text of a value.
    const text = String(value);
    if (seen.has(text)) log.error('bad-value', span, `The value ${text} is there twice.`);
    seen.add(text);
  }
  return seen.size === items.length ? {kind: 'list', items} : undefined;
}

function parseItem(span: Span, log: DiagnosticLog): LocatedScalar | undefined {
  const {file, start, end} = span;
  const text = file.text.slice(start, end).trim();
  // The text of the file ends where the value does.
  const cut: SourceFile = {...file, text: file.text.slice(0, end)};
  if (text === '') {
    const message = 'A value is missing here. An empty text is written "".';
    log.error('bad-value', span, message);
    return undefined;
  }
  // A document of nothing but an empty text counts as none.
  if (/^(""|'')$/.test(text)) return {kind: 'scalar', value: '', span};
  const found: Located | undefined = parseDocument(cut, log, start);
  const value = found && found.kind !== 'unknown' ? jsonOf(found) : undefined;
  if (value === undefined) return undefined;
  const located = locatedAt(value, span);
  if (located.kind === 'scalar' && value !== null) return located;
  const message = `A value must be text, a number, true or false, got ${showValue(value)}.`;
  log.error('bad-value', span, message);
  return undefined;
}

/** The places between commas that are in no quotes and in no brackets. */
function partsOf(file: SourceFile, from: number): readonly Span[] {
  const spans: Span[] = [];
  let start = from;
  let quote = '';
  let depth = 0;
  for (let at = from; at < file.text.length; at++) {
    const character = file.text[at]!;
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (/["']/.test(character) && file.text.slice(start, at).trim() === '') quote = character;
    else if (/[[{]/.test(character)) depth++;
    else if (/[\]}]/.test(character)) depth--;
    else if (character === ',' && depth <= 0) {
      spans.push({file, start, end: at});
      start = at + 1;
    }
  }
  return [...spans, {file, start, end: file.text.length}];
}
