import type {SourceFile, Span} from './span.ts';

/** Lines and columns of a span, counted from 1; columns in characters. The end is exclusive. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Where a span is in its text. */
export function placeOf({file, start, end}: Span): Place {
  const [first, last] = [pointAt(file, start), pointAt(file, end)];
  return {line: first.line, column: first.column, endLine: last.line, endColumn: last.column};
}

/** The offset at which the line with an offset begins. */
export function lineStartOf(file: SourceFile, offset: number): number {
  return startsOf(file)[lineOf(file, offset)]!;
}

function pointAt(
  file: SourceFile,
  offset: number,
): {readonly line: number; readonly column: number} {
  const before = file.text.slice(lineStartOf(file, offset), offset);
  return {line: lineOf(file, offset) + 1, column: Array.from(before).length + 1};
}

/** Counted from 0. */
function lineOf(file: SourceFile, offset: number): number {
  const starts = startsOf(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The starts of lines, kept as long as the text, since its diagnostics ask again and again. */
const known = new WeakMap<SourceFile, readonly number[]>();

function startsOf(file: SourceFile): readonly number[] {
  let starts = known.get(file);
  if (starts === undefined) {
    starts = [0, ...Array.from(file.text.matchAll(/\n/g), (newline) => newline.index + 1)];
    known.set(file, starts);
  }
  return starts;
}
