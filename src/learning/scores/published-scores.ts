import {parse} from 'csv-parse/sync';
import {CorruptFile} from '../../formats/file-fault.ts';
import {textOfCsv} from './csv-text.ts';

/** A score that others have published, with its source. */
export interface PublishedScore {
  readonly dataset: string;
  readonly ipc: number;
  readonly model: string;
  readonly set: string;
  /** Fractions, 0 … 1. */
  readonly mean: number;
  /** Absent: not stated. */
  readonly deviation?: number;
  /** Empty: not stated. */
  readonly source: string;
}

const needed = ['dataset', 'ipc', 'model', 'set', 'mean'] as const;

/**
 * Reads published scores: CSV with columns `dataset`, `ipc`, `model`, `set`, `mean` and optionally `deviation` and
 * `source`, with texts as `csvText` writes them. Other columns are ignored, and so are rows without a mean, so that the
 * CSV of an earlier table can be used.
 * @throws CorruptFile that names the line
 */
export function parsePublishedScores(text: string, path: string): readonly PublishedScore[] {
  const seen = new Set<string>();
  return recordsOf(text, path).flatMap(({record, info}) => {
    const fail = (what: string): never => {
      throw new CorruptFile(path, `line ${info.lines}: ${what}`);
    };
    const fraction = (name: string, value: string): number => {
      const number = value.trim() === '' ? NaN : Number(value);
      if (number >= 0 && number <= 1) return number;
      return fail(`${name} must be a fraction from 0 to 1, got ${JSON.stringify(value)}`);
    };
    for (const name of needed) {
      if (record[name] === undefined) fail(`there must be a column ${name}`);
    }
    const {ipc = '', mean = '', deviation} = record;
    const [dataset, model, set, source] = (['dataset', 'model', 'set', 'source'] as const).map(
      (name) => textOfCsv(record[name] ?? ''),
    ) as [string, string, string, string];
    if (!/^[1-9]\d{0,8}$/.test(ipc)) fail(`ipc must be a whole number, got ${JSON.stringify(ipc)}`);
    const place = JSON.stringify([dataset, ipc, model, set]);
    if (seen.has(place)) fail('the same cell occurs in an earlier line');
    seen.add(place);
    if (mean === '') return [];
    const spread = deviation ? {deviation: fraction('deviation', deviation)} : {};
    const of = {dataset, ipc: Number(ipc), model, set};
    return {...of, mean: fraction('mean', mean), ...spread, source};
  });
}

interface CsvLine {
  readonly record: Readonly<Partial<Record<string, string>>>;
  readonly info: {readonly lines: number};
}

function recordsOf(text: string, path: string): readonly CsvLine[] {
  try {
    const options = {columns: true, info: true, bom: true, skip_empty_lines: true, comment: '#'};
    return parse(text, {...options, comment_no_infix: true}) as unknown as readonly CsvLine[];
  } catch (error) {
    throw new CorruptFile(path, `not a CSV file: ${(error as Error).message}`);
  }
}
