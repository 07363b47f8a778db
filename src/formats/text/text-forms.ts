import {open, type FileHandle} from 'node:fs/promises';
import {readFlags} from '../../base/read-text.ts';
import {readUpTo} from '../read-exactly.ts';
import {CsvQuotes} from './csv-quotes.ts';
import {JsonScanner} from './json-scanner.ts';
import {TextFault, type TextPlace} from './text-fault.ts';

/** A form that a text has beyond being UTF-8. */
type TextForm = 'json' | 'csv' | 'svg';

/** The names of forms in messages. */
const names: Readonly<Record<TextForm, string>> = {json: 'JSON', csv: 'CSV', svg: 'SVG'};

/**
 * The fault of a file of UTF-8 text, as the end of a sentence with line and column, or `undefined` if there is none. Only what
 * readers refuse is a fault. JSON is checked whole, with Python's `NaN` and `Infinity` allowed; CSV for a quote that does
 * not end; SVG for its root element at the start and the end of that element at the end.
 */
export async function findFormFault(form: TextForm, file: string): Promise<string | undefined> {
  const handle = await open(file, readFlags);
  try {
    await checks[form](handle, (await handle.stat()).size);
    return undefined;
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    const {line, column} = error.place;
    return `is no sound ${names[form]}: line ${line}, column ${column}: ${error.message}`;
  } finally {
    await handle.close();
  }
}

const checks: Readonly<Record<TextForm, (handle: FileHandle, size: number) => Promise<void>>> = {
  json: checkJson,
  csv: checkCsv,
  svg: checkSvg,
};

async function checkJson(handle: FileHandle): Promise<void> {
  const scanner = new JsonScanner();
  const decoder = new TextDecoder();
  for await (const chunk of handle.createReadStream({autoClose: false, start: 0})) {
    scanner.take(decoder.decode(chunk as Uint8Array, {stream: true}));
  }
  scanner.end();
}

/**
 * Only a quote that does not end is a fault. Readers take rows of several lengths, such as those of R's `write.table`, whose
 * header lacks a name, and quotes within fields.
 */
async function checkCsv(handle: FileHandle): Promise<void> {
  const quotes = new CsvQuotes();
  const decoder = new TextDecoder();
  for await (const chunk of handle.createReadStream({autoClose: false, start: 0})) {
    quotes.take(decoder.decode(chunk as Uint8Array, {stream: true}));
  }
  if (quotes.open !== undefined) throw new TextFault(quotes.open, 'a quote does not end');
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
