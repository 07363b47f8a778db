import {writeFile} from 'node:fs/promises';
import type {StageRun} from '../../src/contract/stage.ts';
import {readScores} from '../../src/learning/codecs/scores.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {describeTable, scoreTable} from '../../src/learning/data/score-table.ts';
import {reportingFileFaults} from '../file-faults.ts';
import type {contract} from './contract.ts';
import {renderCsv, renderLatex, renderMarkdown} from './render.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const files = await Promise.all(context.inputs.scores.map((path) => readScores(path)));
  const table = scoreTable(files.flatMap(({scores}) => scores));
  const {cells} = table;
  const columns = {
    model: cells.map(({model}) => model),
    set: cells.map(({column}) => column.set),
    dataset: cells.map(({column}) => column.dataset),
    ipc: Int32Array.from(cells, ({column}) => column.ipc),
    mean: Float64Array.from(cells, ({mean}) => mean),
    deviation: Float64Array.from(cells, ({deviation}) => deviation),
    trials: Int32Array.from(cells, ({trials}) => trials),
    split: cells.map(({column}) => column.split),
    iteration: Int32Array.from(cells, ({column}) => column.iteration ?? -1),
  };
  await writeTable(context.output('table'), columns, {about: describeTable(table)});
  await writeFile(context.output('markdown'), renderMarkdown(table));
  await writeFile(context.output('csv'), renderCsv(table));
  await writeFile(context.output('latex'), renderLatex(table));
});
