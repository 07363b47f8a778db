import type {DataType} from 'apache-arrow';
import {readArrowFile} from '../formats/arrow/arrow-file.ts';
import {StatisticsGatherer} from './statistics.ts';
import {isNumeric, numbersIn} from './table-values.ts';

/** A mean, and the number of rows that it is over. */
export interface Mean {
  readonly mean: number;
  readonly count: number;
}

/**
 * The mean of a table's column over its rows, one record batch at a time, without what is missing or not finite. `undefined`: there is
 * no such column of numbers, or none of them is finite.
 * @throws CorruptFile; or the file system's error
 */
export async function columnMean(path: string, column: string): Promise<Mean | undefined> {
  return await readArrowFile(path, async ({schema, batches}) => {
    const index = schema.fields.findIndex(({name}) => name === column);
    const field = schema.fields[index];
    if (field === undefined || !isNumeric(field.type as DataType)) return undefined;
    const gathered = new StatisticsGatherer();
    for await (const batch of batches) {
      const vector = batch.getChildAt(index)!;
      for (let row = 0; row < vector.length; row++) gathered.add(numbersIn(vector.get(row)));
    }
    const {count, nans, infinities, finite} = gathered.statistics;
    return finite && {mean: finite.mean, count: count - nans - infinities};
  });
}
