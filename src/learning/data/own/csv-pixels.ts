import {parse} from 'csv-parse/sync';
import {CorruptFile} from '../../../formats/file-fault.ts';
import type {TreeFile} from '../../../formats/archives/tree-file.ts';
import {splitNamed, type LabelledPixels} from './labelled-pixels.ts';

/** Rows are read in parts of this many bytes: all cells of a large table at once take too much memory. */
const partBytes = 1 << 22;

/** What a column of labels may be called. */
const labelColumn = /^(label|labels|class|target|y)$/i;

/** Tables of pixels, a row an image: labels in the column `label`, or the first. @throws CorruptFile */
export async function readCsvPixels(
  files: AsyncIterable<TreeFile>,
  name: string,
): Promise<readonly LabelledPixels[]> {
  const parts: LabelledPixels[] = [];
  for await (const file of files) {
    const shown = file.path === '' ? name : `${name}: ${file.path}`;
    const split = splitNamed(file.path) ?? 'train';
    parts.push({...parsePixels(await file.read(), shown), name: shown, split});
  }
  return parts;
}

/** @throws CorruptFile naming the line */
function parsePixels(
  bytes: Uint8Array,
  file: string,
): Pick<LabelledPixels, 'shape' | 'pixels' | 'labels'> {
  if (bytes.subarray(0, 4096).includes(0))
    throw new CorruptFile(file, 'no text, and no kind of data that is read');
  const rows = rowsOf(bytes, file);
  const first = rows.next().value ?? [];
  const isHeader = first.some((cell) => cell.trim() === '' || Number.isNaN(Number(cell)));
  const named = isHeader ? first.findIndex((cell) => labelColumn.test(cell.trim())) : -1;
  const at = Math.max(0, named);
  const width = first.length - 1;
  if (width < 1) {
    throw new CorruptFile(file, 'no table of pixels: a row has a label and the pixels of an image');
  }
  const labels: (number | string)[] = [];
  const pixels: Float32Array[] = [];
  let line = 1;
  const take = (row: readonly string[]): void => {
    const label = row[at]!.trim();
    const number = Number(label);
    labels.push(label === '' || Number.isNaN(number) ? label : number);
    const numbers = Float32Array.from(row.toSpliced(at, 1), toNumber);
    const wrong = numbers.findIndex((value) => Number.isNaN(value));
    if (wrong >= 0) {
      const cell = JSON.stringify(row.toSpliced(at, 1)[wrong]!.slice(0, 40));
      throw new CorruptFile(file, `row ${line}: ${cell} is no number`);
    }
    pixels.push(numbers);
  };
  if (!isHeader) take(first);
  for (const row of rows) {
    line++;
    take(row);
  }
  const all = new Float32Array(labels.length * width);
  pixels.forEach((of, i) => all.set(of, i * width));
  return {shape: [labels.length, width], pixels: all, labels};
}

function toNumber(cell: string): number {
  return cell.trim() === '' ? NaN : Number(cell);
}

/** The rows of a table, all equally long. */
function* rowsOf(bytes: Uint8Array, file: string): Generator<readonly string[], undefined> {
  const delimiter = delimiterOf(bytes);
  let width: number | undefined;
  for (let from = 0; from < bytes.length;) {
    const near = Math.min(from + partBytes, bytes.length);
    const lineEnd = near === bytes.length ? -1 : bytes.indexOf(0x0a, near);
    const end = lineEnd < 0 ? bytes.length : lineEnd + 1;
    for (const row of parsePart(bytes.subarray(from, end), delimiter, file)) {
      width ??= row.length;
      if (row.length !== width) {
        throw new CorruptFile(file, `a row has ${row.length} cells, and the first ${width}`);
      }
      yield row;
    }
    from = end;
  }
  return undefined;
}

/** Lines without quotes are split as they are: the library takes a minute for as many numbers as MNIST has. */
function parsePart(bytes: Uint8Array, delimiter: string, file: string): readonly string[][] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.flatMap((line) => {
    if (line.trim() === '') return [];
    return line.includes('"') ? parseQuoted(line, delimiter, file) : [line.split(delimiter)];
  });
}

function parseQuoted(line: string, delimiter: string, file: string): readonly string[][] {
  try {
    return parse(line, {delimiter, relax_column_count: true});
  } catch (cause) {
    const reason = cause instanceof Error ? ` (${cause.message.slice(0, 200)})` : '';
    throw new CorruptFile(file, `no table of comma-separated values${reason}`, {cause});
  }
}

/** What stands most often in the first line: a comma, a semicolon or a tab. */
function delimiterOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0x0a);
  const line = new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
  const counts = [',', ';', '\t'].map((mark) => [line.split(mark).length, mark] as const);
  return counts.reduce((best, other) => (other[0] > best[0] ? other : best))[1];
}
