import {scoredSplits, type Score, type Terms} from '../scores/scores.ts';
import {CorruptFile} from '../../formats/file-fault.ts';
import {assertFinite} from '../../formats/finite.ts';
import {givenColumns, parseGivenAxes} from './given-axes.ts';
import {parseTerms, termColumns} from './score-terms.ts';
import {readTable, writeTable} from './table-arrow.ts';
import type {Column, Table} from './table-arrow.ts';
import type {Metadata} from '../../formats/safetensors/safetensors-header.ts';

/** Stands for a missing iteration: the set was not distilled. */
const noIteration = -1;

/** The column of the digests of sets, which is there if any is known. */
const setDigests = 'set_sha256';

/** Writes scores as a table with one row per trial. */
export async function writeScores(
  path: string,
  scores: readonly Score[],
  metadata: Metadata = {},
): Promise<void> {
  const columns: Record<Exclude<keyof Score, 'setDigest' | 'at' | keyof Terms>, Column> = {
    model: scores.map(({model}) => model),
    set: scores.map(({set}) => set),
    dataset: scores.map(({dataset}) => dataset),
    split: scores.map(({split}) => split),
    ipc: Int32Array.from(scores, ({ipc}) => ipc),
    iteration: Int32Array.from(scores, ({iteration = noIteration}) => iteration),
    trial: Int32Array.from(scores, ({trial}) => trial),
    // float64, since seeds can exceed 32 bits.
    seed: Float64Array.from(scores, ({seed}) => seed),
    accuracy: Float64Array.from(scores, ({accuracy}) => accuracy),
    loss: Float64Array.from(scores, ({loss}) => loss),
  };
  const digests = scores.map(({setDigest = ''}) => setDigest);
  const known = digests.some((digest) => digest !== '') && {[setDigests]: digests};
  const others = {...termColumns(scores), ...known, ...givenColumns(scores)};
  await writeTable(path, {...columns, ...others}, metadata);
}

/** @throws CorruptFile if the file is damaged or is another table, or if an accuracy is not in 0 … 1 */
export async function readScores(
  path: string,
): Promise<{readonly scores: readonly Score[]; readonly metadata: Metadata}> {
  const {columns, metadata} = await readTable(path);
  const texts = (name: keyof Score): readonly string[] => textColumn(path, columns, name);
  const numbers = (name: keyof Score): readonly number[] => numberColumn(path, columns, name);
  const columnsOf = {
    set: texts('set'),
    dataset: texts('dataset'),
    split: texts('split'),
    ipc: numbers('ipc'),
    iteration: numbers('iteration'),
    trial: numbers('trial'),
    seed: numbers('seed'),
    accuracy: numbers('accuracy'),
    loss: numbers('loss'),
    digest: columns[setDigests] === undefined ? [] : textColumn(path, columns, setDigests),
  };
  assertFractions(columnsOf.accuracy, path);
  const models = texts('model');
  const terms = parseTerms(columns, models.length, path);
  const given = parseGivenAxes(columns, models.length);
  const scores = models.map((model, i): Score => {
    const iteration = columnsOf.iteration[i]!;
    const setDigest = columnsOf.digest[i] ?? '';
    const at = given[i];
    return {
      model,
      set: columnsOf.set[i]!,
      dataset: columnsOf.dataset[i]!,
      split: splitOf(path, columnsOf.split[i]!),
      ipc: columnsOf.ipc[i]!,
      ...(iteration === noIteration ? {} : {iteration}),
      trial: columnsOf.trial[i]!,
      seed: columnsOf.seed[i]!,
      accuracy: columnsOf.accuracy[i]!,
      loss: columnsOf.loss[i]!,
      ...terms[i],
      ...(setDigest === '' ? {} : {setDigest}),
      ...(at && {at}),
    };
  });
  return {scores, metadata};
}

function assertFractions(accuracies: readonly number[], path: string): void {
  assertFinite(Float64Array.from(accuracies), path, 'the column `accuracy`');
  const stray = accuracies.find((accuracy) => accuracy < 0 || accuracy > 1);
  if (stray === undefined) return;
  throw new CorruptFile(path, `accuracy must be a fraction, 0 … 1, and one is ${stray}`);
}

function splitOf(path: string, text: string): Score['split'] {
  const split = scoredSplits.find((known) => known === text);
  if (split !== undefined) return split;
  throw new CorruptFile(path, `not a table of scores: there is no split ${text}`);
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
