import {parse} from 'csv-parse/sync';
import {CorruptFile} from '../../formats/file-fault.ts';
import {textOfCsv} from './csv-text.ts';
import type {Sample} from './samples.ts';

/** A score that others have published, with its source. */
export interface PublishedScore {
  readonly dataset: string;
  readonly ipc: number;
  readonly model: string;
  readonly set: string;
  /** Number of updates that made the set. Absent: not stated. */
  readonly iteration?: number;
  /** Fractions, 0 … 1. */
  readonly mean: number;
  /** The population's, as the official program computes it. Absent: not stated. */
  readonly deviation?: number;
  /** Absent: it is a single value, or how many values the mean is of, or how they vary, is not stated. */
  readonly sample?: Sample;
  /** Empty: not stated. */
  readonly source: string;
}

const needed = ['dataset', 'ipc', 'model', 'set', 'mean'] as const;

/**
 * Reads published scores: CSV with columns `dataset`, `ipc`, `model`, `set`, `mean` and optionally `iteration`,
 * `deviation`, `trials` and `source`, with texts as `csvText` writes them. Other columns are ignored, and so are rows without a mean, so that
 * the CSV of an earlier table can be used. Where that has means over sets, `sets` and `standard_error` say how they vary.
 * @throws CorruptFile that names the line
 */
export function parsePublishedScores(text: string, path: string): readonly PublishedScore[] {
  const seen = new Set<string>();
  return recordsOf(text, path).flatMap(({record, info}) => {
    const line = new Line(path, info.lines, record);
    for (const name of needed) {
      if (record[name] === undefined) line.fail(`there must be a column ${name}`);
    }
    const ipc = line.whole('ipc') ?? line.fail('ipc must be a whole number, got ""');
    const [dataset, model, set] = [line.text('dataset'), line.text('model'), line.text('set')];
    const iteration = line.whole('iteration', 0);
    const place = JSON.stringify([dataset, ipc, model, set, iteration ?? null]);
    if (seen.has(place)) line.fail('the same cell occurs in an earlier line');
    seen.add(place);
    if (record['mean'] === '') return [];
    const mean = line.fraction('mean')!;
    const [deviation, sample] = [line.fraction('deviation'), sampleIn(line, mean)];
    return {
      dataset,
      ipc,
      model,
      set,
      ...(iteration !== undefined && {iteration}),
      mean,
      ...(deviation !== undefined && {deviation}),
      ...(sample !== undefined && {sample}),
      source: line.text('source'),
    };
  });
}

function sampleIn(line: Line, mean: number): Sample | undefined {
  const [sets, error] = [line.whole('sets'), line.fraction('standard_error')];
  if (sets !== undefined && sets > 1 && error !== undefined) {
    return {count: sets, mean, variance: sets * error ** 2};
  }
  const [count, deviation] = [line.whole('trials'), line.fraction('deviation')];
  if (count === undefined || count < 2 || deviation === undefined) return undefined;
  return {count, mean, variance: (count / (count - 1)) * deviation ** 2};
}

/** A line of the file below its header. An empty value reads as `undefined`. */
class Line {
  readonly #path: string;
  readonly #number: number;
  readonly #record: CsvLine['record'];

  constructor(path: string, number: number, record: CsvLine['record']) {
    this.#path = path;
    this.#number = number;
    this.#record = record;
  }

  fail(what: string): never {
    throw new CorruptFile(this.#path, `line ${this.#number}: ${what}`);
  }

  text(name: string): string {
    return textOfCsv(this.#record[name] ?? '');
  }

  fraction(name: string): number | undefined {
    const value = this.#record[name] ?? '';
    if (value === '') return undefined;
    const number = value.trim() === '' ? NaN : Number(value);
    if (number >= 0 && number <= 1) return number;
    return this.fail(`${name} must be a fraction from 0 to 1, got ${JSON.stringify(value)}`);
  }

  whole(name: string, least: 0 | 1 = 1): number | undefined {
    const value = this.#record[name] ?? '';
    if (value === '') return undefined;
    if (/^(0|[1-9]\d{0,8})$/.test(value) && Number(value) >= least) return Number(value);
    return this.fail(`${name} must be a whole number, got ${JSON.stringify(value)}`);
  }
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
