import type {Vector} from 'apache-arrow';
import type {TrialScore} from '../../src/contract/offers.ts';
import {readArrowFile} from '../../src/formats/arrow/arrow-file.ts';
import {labelsText} from '../../src/learning/scores/scores.ts';

/**
 * The rows of a table of scores; a table may lack columns.
 * @throws CorruptFile; or the file system's error
 */
export async function readScores(path: string): Promise<readonly TrialScore[]> {
  return await readArrowFile(path, async ({batches}) => {
    const scores: TrialScore[] = [];
    for await (const batch of batches) {
      const {fields} = batch.schema;
      const columns = new Map(fields.map(({name}, index) => [name, batch.getChildAt(index)!]));
      for (let row = 0; row < batch.numRows; row++) scores.push(scoreAt(columns, row));
    }
    return scores;
  });
}

function scoreAt(columns: ReadonlyMap<string, Vector>, row: number): TrialScore {
  const text = (name: string): string => String(columns.get(name)?.get(row) ?? '');
  const number = (name: string): number | undefined => {
    const value: unknown = columns.get(name)?.get(row);
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  };
  const ipc = number('ipc') ?? 0;
  const size = ipc === 1 ? '1 image per class' : `${ipc} images per class`;
  const title = ['accuracy', text('dataset'), ...(ipc > 0 ? [size] : []), text('protocol')];
  const labels = ['', 'hard'].includes(text('labels')) ? '' : labelsText(text('labels'));
  const plain = text('augmentation') === 'none' ? 'not augmented' : '';
  const given = Array.from(columns.keys())
    .filter((name) => name.startsWith('at_') && !/^(NaN)?$/.test(text(name)))
    .map((name) => `${name.slice('at_'.length)} ${text(name)}`);
  return {
    title: title.filter((part) => part !== '').join(', '),
    model: text('model'),
    set: [text('set'), labels, plain, ...given].filter((part) => part !== '').join(', '),
    split: text('split') === '' ? 'test' : text('split'),
    iteration: Math.max(0, number('iteration') ?? 0),
    accuracy: number('accuracy') ?? NaN,
  };
}
