import {open} from 'node:fs/promises';
import {readFlags} from '../base/read-text.ts';

/** A description of a text file. */
export interface TextDescription {
  readonly kind: 'text';
  /** Its first lines, or the whole text. */
  readonly text: string;
  readonly lineCount: number;
  /** Number of its lines in `text`, which may end within the last. */
  readonly shownLines: number;
  /** Whether `text` is the whole text. */
  readonly isWhole: boolean;
}

/** A line in which two texts differ. Absent: that text has ended. */
export interface LineDifference {
  /** Counted from 1. */
  readonly line: number;
  readonly a?: string;
  readonly b?: string;
}

export interface TextComparison {
  readonly kind: 'text';
  readonly lineCounts: readonly [number, number];
  /** Number of differing lines, compared line by line: an inserted line shifts all that follow. */
  readonly differingLines: number;
  /** The first differences. */
  readonly first: readonly LineDifference[];
}

/** Number of characters that are kept of a text, and of a differing line. */
const shownCharacters = 1 << 18;
const shownOfLine = 1000;

/** Number of differing lines that are kept. */
const keptLines = 5;

/** A longer line counts as several. */
const maxLineCharacters = 1 << 24;

/** Reads a text and keeps its first `maxLines` lines. Rejects with the file system's error. */
export async function describeText(path: string, maxLines: number): Promise<TextDescription> {
  const kept: string[] = [];
  let [room, lineCount, isWhole] = [shownCharacters, 0, true];
  for await (const line of linesOf(path)) {
    lineCount++;
    if (!isWhole) continue;
    const shown = lineCount > maxLines ? '' : line.slice(0, room);
    room -= shown.length;
    isWhole = shown === line;
    kept.push(shown);
  }
  const shownLines = isWhole ? lineCount : kept.length - (kept.at(-1) === '' ? 1 : 0);
  return {kind: 'text', text: kept.join(''), lineCount, shownLines, isWhole};
}

/** Whether a file of any kind begins like a text. Rejects with the file system's error. */
export async function isText(path: string): Promise<boolean> {
  const stream = (await open(path, readFlags)).createReadStream({end: 8191});
  for await (const chunk of stream) {
    if ((chunk as Buffer).includes(0)) return false;
  }
  return true;
}

/** Compares two texts line by line. Rejects with the file system's error. */
export async function compareTexts(pathA: string, pathB: string): Promise<TextComparison> {
  const [as, bs] = [linesOf(pathA), linesOf(pathB)];
  const lineCounts: [number, number] = [0, 0];
  const first: LineDifference[] = [];
  let differingLines = 0;
  for (let line = 1; ; line++) {
    const [a, b] = [await as.next(), await bs.next()];
    if (a.done === true && b.done === true) break;
    if (a.done !== true) lineCounts[0]++;
    if (b.done !== true) lineCounts[1]++;
    if (a.value === b.value) continue;
    differingLines++;
    if (first.length === keptLines) continue;
    first.push({
      line,
      ...(a.done !== true && {a: shownPart(a.value)}),
      ...(b.done !== true && {b: shownPart(b.value)}),
    });
  }
  return {kind: 'text', lineCounts, differingLines, first};
}

function shownPart(line: string): string {
  return line.replace(/\n$/, '').slice(0, shownOfLine);
}

/** The lines of a text, each with its line ending. */
async function* linesOf(path: string): AsyncGenerator<string, undefined> {
  let rest = '';
  const file = await open(path, readFlags);
  for await (const chunk of file.createReadStream({encoding: 'utf8', highWaterMark: 1 << 20})) {
    const lines = (rest + (chunk as string)).split(/(?<=\n)/);
    rest = lines.pop()!;
    yield* lines;
    if (rest.length < maxLineCharacters && !rest.endsWith('\n')) continue;
    yield rest;
    rest = '';
  }
  if (rest !== '') yield rest;
  return undefined;
}
