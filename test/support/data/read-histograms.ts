import {readFile} from 'node:fs/promises';
import {tableFromIPC} from 'apache-arrow';
import type {LoggedHistogram} from '../../../src/learning/data/histogram.ts';

/** The rows of a file that `writeHistograms` wrote. */
export async function readHistograms(file: string): Promise<readonly LoggedHistogram[]> {
  const table = tableFromIPC(await readFile(file));
  return table.toArray().map((row: {toJSON(): Record<string, unknown>}) => {
    const {limits, counts, ...rest} = row.toJSON();
    return {
      ...rest,
      limits: Float64Array.from(limits as Iterable<number>),
      counts: Float64Array.from(counts as Iterable<number>),
    } as LoggedHistogram;
  });
}
