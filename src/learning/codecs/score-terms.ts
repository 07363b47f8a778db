import {CorruptFile} from '../../formats/file-fault.ts';
import {teacherPrefix, type Score, type TeacherLabels, type Terms} from '../scores/scores.ts';
import type {Column, Table} from './table-arrow.ts';

/** The columns of terms, which are there if any score was made by a named protocol. A score without one has empty terms. */
const columnOf = {
  protocol: 'protocol',
  labels: 'labels',
  augmentation: 'augmentation',
  rate: 'rate',
  learningRate: 'learning_rate',
  trainedOn: 'trained_on',
  bytes: 'bytes',
} as const satisfies Record<keyof Terms, string>;

export function termColumns(scores: readonly Score[]): Readonly<Record<string, Column>> {
  if (scores.every(({protocol}) => protocol === undefined)) return {};
  const texts = (name: 'protocol' | 'labels' | 'augmentation' | 'rate' | 'trainedOn'): string[] =>
    scores.map((score) => score[name] ?? '');
  const numbers = (name: 'learningRate' | 'bytes'): Float64Array =>
    Float64Array.from(scores, (score) => score[name] ?? 0);
  return {
    [columnOf.protocol]: texts('protocol'),
    [columnOf.labels]: texts('labels'),
    [columnOf.augmentation]: texts('augmentation'),
    [columnOf.rate]: texts('rate'),
    [columnOf.learningRate]: numbers('learningRate'),
    [columnOf.trainedOn]: texts('trainedOn'),
    [columnOf.bytes]: numbers('bytes'),
  };
}

/** The terms of the score in each row. @throws CorruptFile */
export function parseTerms(
  columns: Table['columns'],
  rows: number,
  path: string,
): readonly Partial<Terms>[] {
  if (columns[columnOf.protocol] === undefined) return Array.from({length: rows}, () => ({}));
  const values = new Columns(columns, path);
  return Array.from({length: rows}, (_, row) => {
    const protocol = values.text('protocol', row);
    if (protocol === '') return {};
    return {
      protocol,
      labels: values.labels(row),
      augmentation: values.text('augmentation', row),
      rate: values.text('rate', row),
      learningRate: values.positive('learningRate', row),
      trainedOn: values.one('trainedOn', row, ['set', 'random', 'all']),
      bytes: values.positive('bytes', row),
    };
  });
}

class Columns {
  readonly #columns: Table['columns'];
  readonly #path: string;

  constructor(columns: Table['columns'], path: string) {
    this.#columns = columns;
    this.#path = path;
  }

  text(name: keyof Terms, row: number): string {
    const value = this.#value(name, row);
    return typeof value === 'string' ? value : this.#fail(name);
  }

  one<Choice extends string>(name: keyof Terms, row: number, choices: readonly Choice[]): Choice {
    const text = this.text(name, row);
    return choices.find((choice) => choice === text) ?? this.#fail(name);
  }

  labels(row: number): Terms['labels'] {
    const text = this.text('labels', row);
    if (text.startsWith(teacherPrefix)) return text as TeacherLabels;
    return this.one('labels', row, ['hard', 'soft']);
  }

  positive(name: keyof Terms, row: number): number {
    const value = this.#value(name, row);
    return typeof value === 'number' && value > 0 && Number.isFinite(value)
      ? value
      : this.#fail(name);
  }

  #value(name: keyof Terms, row: number): string | number | undefined {
    return this.#columns[columnOf[name]]?.[row];
  }

  #fail(name: keyof Terms): never {
    throw new CorruptFile(
      this.#path,
      `not a table of scores: the column ${columnOf[name]} is missing or has a value that it cannot have`,
    );
  }
}
