import type {FileHandle} from 'node:fs/promises';
import {pipeline} from 'node:stream/promises';
import {readUpTo} from '../read-exactly.ts';
import {JsonScanner} from './json-scanner.ts';
import {TextFault, type TextPlace} from './text-fault.ts';

/** A form that a text has beyond being UTF-8. */
export type TextForm = 'json' | 'csv' | 'svg';

/** The names of forms in messages. */
const names: Readonly<Record<TextForm, string>> = {json: 'JSON', csv: 'CSV', svg: 'SVG'};

/**
 * The fault of a file of UTF-8 text, as the end of a sentence with line and column, or `undefined` if there is none. JSON is
 * checked whole; CSV for quotes and for equal numbers of fields in all records; SVG for its root element at the start and
 * the end of that element at the end.
 */
export async function findFormFault(
  form: TextForm,
  handle: FileHandle,
  size: number,
): Promise<string | undefined> {
  try {
    await checks[form](handle, size);
    return undefined;
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    const {line, column} = error.place;
    return `is no sound ${names[form]}: line ${line}, column ${column}: ${error.message}`;
  }
}

const checks: Readonly<Record<TextForm, (handle: FileHandle, size: number) => Promise<void>>> = {
  json: checkJson,
  csv: checkCsv,
  svg: checkSvg,
};

async function checkJson(handle: FileHandle): Promise<void> {
  const scanner = new JsonScanner();
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  for await (const chunk of handle.createReadStream({autoClose: false, start: 0})) {
    scanner.take(decoder.decode(chunk as Uint8Array, {stream: true}));
  }
  scanner.end();
}

async function checkCsv(handle: FileHandle): Promise<void> {
  // The parser loads slowly.
  const {CsvError, parse} = await import('csv-parse');
  const parser = parse({bom: true, skip_empty_lines: true, on_record: () => undefined});
  parser.resume();
  try {
    await pipeline(handle.createReadStream({autoClose: false, start: 0}), parser);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const {code, lines: line, column, record} = error;
    const at = {line: line as number, column: typeof column === 'number' ? column + 1 : 1};
    if (code.startsWith('CSV_RECORD_INCONSISTENT')) {
      const message = error.message.replace(
        /^[^:]*: expect (\d+), got (\d+).*$/s,
        '$2 fields where the first record has $1',
      );
      throw new TextFault({line: at.line, column: (record as unknown[]).length}, message);
    }
    throw new TextFault(at, 'a quote is where none may be, or does not end');
  }
}

/** The parts of an SVG file that are read. */
const headBytes = 1 << 16;
const tailBytes = 1 << 12;

async function checkSvg(handle: FileHandle, size: number): Promise<void> {
  const head = await textAt(handle, 0, Math.min(size, headBytes));
  const prologue =
    /^\uFEFF?\s*(?:<\?[^]*?\?>\s*|<!--[^]*?-->\s*|<!DOCTYPE(?:[^[>]|\[[^\]]*\])*>\s*)*/.exec(
      head,
    )![0];
  const rest = head.slice(prologue.length);
  const [, root] = /^<((?:[\w.-]+:)?svg)(?=[\s/>])/.exec(rest) ?? [];
  if (root === undefined) throw new TextFault(placeIn(prologue), '<svg was expected');
  const tail = await textAt(handle, Math.max(0, size - tailBytes), Math.min(size, tailBytes));
  if (withoutComments(tail).endsWith(`</${root}>`) || /^<[^>]*\/>$/.test(rest.trimEnd())) return;
  throw new TextFault(await endOf(handle), `</${root}> was expected, but the text ends`);
}

/** A text without white space and comments at its end. */
function withoutComments(text: string): string {
  const end = text.trimEnd();
  const comment = end.endsWith('-->') ? end.lastIndexOf('<!--') : -1;
  return comment < 0 ? end : withoutComments(end.slice(0, comment));
}

async function textAt(handle: FileHandle, start: number, size: number): Promise<string> {
  const bytes = await readUpTo(handle, start, size);
  return new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes);
}

/** The place after a text. */
function placeIn(text: string, before: TextPlace = {line: 1, column: 1}): TextPlace {
  const lines = text.split('\n');
  const from = lines.length > 1 ? 1 : before.column;
  return {line: before.line + lines.length - 1, column: from + lines.at(-1)!.length};
}

async function endOf(handle: FileHandle): Promise<TextPlace> {
  const decoder = new TextDecoder();
  let place: TextPlace = {line: 1, column: 1};
  for await (const chunk of handle.createReadStream({autoClose: false, start: 0})) {
    place = placeIn(decoder.decode(chunk as Uint8Array, {stream: true}), place);
  }
  return place;
}
