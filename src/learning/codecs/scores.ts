import type {Score} from '../data/scores.ts';
import {CorruptFile} from '../../container/file-fault.ts';
import {readTable, writeTable} from './table-arrow.ts';
import type {Column, Table} from './table-arrow.ts';
import type {Metadata} from '../../container/safetensors-header.ts';

/** Writes scores as a table with one row a trial. */
export async function writeScores(
  path: string,
  scores: readonly Score[],
  metadata: Metadata = {},
): Promise<void> {
  const columns: Record<keyof Score, Column> = {
    model: scores.map(({model}) => model),
    set: scores.map(({set}) => set),
    dataset: scores.map(({dataset}) => dataset),
    ipc: Int32Array.from(scores, ({ipc}) => ipc),
    trial: Int32Array.from(scores, ({trial}) => trial),
    // Seeds go beyond 32 bits.
    seed: Float64Array.from(scores, ({seed}) => seed),
    accuracy: Float64Array.from(scores, ({accuracy}) => accuracy),
    loss: Float64Array.from(scores, ({loss}) => loss),
  };
  await writeTable(path, columns, metadata);
}

/** @throws CorruptFile if the file is damaged or is another table */
export async function readScores(
  path: string,
): Promise<{readonly scores: readonly Score[]; readonly metadata: Metadata}> {
  const {columns, metadata} = await readTable(path);
  const texts = (name: keyof Score): readonly string[] => textColumn(path, columns, name);
  const numbers = (name: keyof Score): readonly number[] => numberColumn(path, columns, name);
  const [set, dataset, ipc, trial] = [
    texts('set'),
    texts('dataset'),
    numbers('ipc'),
    numbers('trial'),
  ];
  const [seed, accuracy, loss] = [numbers('seed'), numbers('accuracy'), numbers('loss')];
  const scores = texts('model').map((model, i) => ({
    model,
    set: set[i]!,
    dataset: dataset[i]!,
    ipc: ipc[i]!,
    trial: trial[i]!,
    seed: seed[i]!,
    accuracy: accuracy[i]!,
    loss: loss[i]!,
  }));
  return {scores, metadata};
}

function textColumn(path: string, columns: Table['columns'], name: string): readonly string[] {
  const column = columns[name];
  if (Array.isArray(column)) return column as readonly string[];
  throw new CorruptFile(path, `not a table of scores: it has no column ${name} of texts`);
}

function numberColumn(path: string, columns: Table['columns'], name: string): readonly number[] {
  const column = columns[name];
  if (column instanceof Float64Array || column instanceof Int32Array) return [...column];
  throw new CorruptFile(path, `not a table of scores: it has no column ${name} of numbers`);
}
