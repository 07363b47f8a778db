import {closestTo} from '../../base/edit-distance.ts';
import {ownProperty} from '../../base/own-property.ts';
import type {DiagnosticLog} from '../../diagnostics/diagnostic.ts';
import {quoted, showNames} from '../../diagnostics/show-value.ts';
import type {Span} from '../../diagnostics/span.ts';
import {axisText} from './instance-id.ts';
import type {Point} from '../template/point.ts';

/** A part of a text, without its quotes. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * A selection of the points of a matrix: `[*]` is all of them; `[a=1|2,b=*]` leaves the other axes free, and no
 * brackets leave all free.
 */
export type Selection =
  {readonly kind: 'all'} | {readonly kind: 'axes'; readonly choices: readonly AxisChoice[]};

export interface AxisChoice {
  readonly axis: Word;
  readonly values: readonly Word[] | 'any';
}

/** The expected syntax at an offset. */
export interface Unexpected {
  readonly kind: 'bad';
  readonly at: number;
  readonly expected: string;
}

export type ParsedSelection =
  {readonly kind: 'parsed'; readonly selection: Selection; readonly next: number} | Unexpected;

/** Parses a selection from an offset to the end of a text; an empty rest leaves all axes free. */
export function parseSelection(text: string, offset: number): ParsedSelection {
  if (offset < text.length && text[offset] !== '[') return unexpected(offset, '`[`');
  const parsed = selectionAt(text, offset);
  if (parsed.kind === 'bad' || parsed.next === text.length) return parsed;
  return unexpected(parsed.next, 'the end');
}

/** Parses a selection at an offset, and gives the offset after it; without a bracket there, all axes are free. */
export function selectionAt(text: string, offset: number): ParsedSelection {
  if (text[offset] !== '[') {
    return {kind: 'parsed', selection: {kind: 'axes', choices: []}, next: offset};
  }
  const all = /\[\s*\*\s*\]/y;
  all.lastIndex = offset;
  if (all.test(text)) return {kind: 'parsed', selection: {kind: 'all'}, next: all.lastIndex};
  const choices: AxisChoice[] = [];
  let at = offset;
  do {
    if (choices.length > 0 && text[at] !== ',') return unexpected(at, '`,` or `]`');
    const axis = wordAt(text, at + 1);
    if (axis === undefined) return unexpected(at + 1, 'the name of an axis');
    if (text[axis.next] !== '=') return unexpected(axis.next, '`=`');
    const values = valuesAt(text, axis.next + 1);
    if (values === undefined) return unexpected(axis.next + 1, 'values or `*`');
    choices.push({axis: axis.word, values: values.words});
    at = values.next;
  } while (text[at] !== ']');
  return {kind: 'parsed', selection: {kind: 'axes', choices}, next: at + 1};
}

function unexpected(at: number, expected: string): Unexpected {
  return {kind: 'bad', at, expected};
}

/** `*`, or words separated by `|`. */
function valuesAt(
  text: string,
  offset: number,
): {readonly words: readonly Word[] | 'any'; readonly next: number} | undefined {
  const any = /\s*\*\s*/y;
  any.lastIndex = offset;
  if (any.test(text)) return {words: 'any', next: any.lastIndex};
  const words: Word[] = [];
  let next = offset - 1;
  do {
    const value = wordAt(text, next + 1);
    if (value === undefined) return undefined;
    words.push(value.word);
    next = value.next;
  } while (text[next] === '|');
  return {words, next};
}

/** A bare or quoted word, with surrounding white space. */
function wordAt(
  text: string,
  offset: number,
): {readonly word: Word; readonly next: number} | undefined {
  const pattern = /\s*("(?:[^"\\]|\\.)*"|[^,=|*"[\]]*[^,=|*"[\]\s])\s*/y;
  pattern.lastIndex = offset;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const written = match[1]!;
  const start = offset + match[0].indexOf(written);
  const unquoted = written.startsWith('"') ? unquote(written) : written;
  if (unquoted === undefined) return undefined;
  return {word: {text: unquoted, start, end: start + written.length}, next: pattern.lastIndex};
}

function unquote(written: string): string | undefined {
  try {
    return JSON.parse(written) as string;
  } catch {
    return undefined;
  }
}

/** A stage whose points are selected. */
export interface SelectedStage {
  readonly name: string;
  readonly axes: readonly string[];
  readonly points: readonly Point[];
}

/** Reports unknown axes and values; true if there were none. */
export function checkSelection(
  selection: Selection,
  stage: SelectedStage,
  spanOf: (word: Word) => Span,
  log: DiagnosticLog,
): boolean {
  let sound = true;
  for (const {axis, values} of selection.kind === 'all' ? [] : selection.choices) {
    if (!stage.axes.includes(axis.text)) {
      reportUnknownAxis(axis, stage, spanOf(axis), log);
      sound = false;
    } else if (values !== 'any') {
      const texts = stage.points.map((point) => plainText(point, axis.text));
      const known = new Set(texts.filter((text) => text !== undefined));
      for (const value of values.filter(({text}) => !known.has(text))) {
        const message = `Axis \`${axis.text}\` of \`${stage.name}\` has no value \`${value.text}\`; it has ${showNames([...known])}.`;
        const suggestion = quoted(closestTo(value.text, known));
        log.error('unknown-value', spanOf(value), message, {suggestion});
        sound = false;
      }
    }
  }
  return sound;
}

function reportUnknownAxis(
  axis: Word,
  {name, axes}: SelectedStage,
  span: Span,
  log: DiagnosticLog,
): void {
  const has = axes.length === 0 ? 'no matrix' : showNames(axes);
  const message = `\`${name}\` has no axis \`${axis.text}\`; it has ${has}.`;
  log.error('unknown-axis', span, message, {suggestion: quoted(closestTo(axis.text, axes))});
}

/** Whether a point is selected. Free axes do not matter. */
export function selects(selection: Selection, point: Point): boolean {
  if (selection.kind === 'all') return true;
  return selection.choices.every(
    ({axis, values}) =>
      values === 'any' || values.some(({text}) => text === plainText(point, axis.text)),
  );
}

/** A point's value on an axis as a selection spells it, without quotes; `undefined` if the point lacks the axis. */
function plainText(point: Point, axis: string): string | undefined {
  const value = ownProperty(point, axis);
  return value === undefined || typeof value === 'string' ? value : axisText(value);
}
