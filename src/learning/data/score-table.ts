import type {Score} from './scores.ts';

/** What the networks of one column were trained on and tried on. */
export interface ScoreColumn {
  readonly set: string;
  readonly dataset: string;
  readonly split: Score['split'];
  readonly ipc: number;
  /** How many updates the set had gone through; absent: it was not distilled here. */
  readonly iteration?: number;
  /** The set's name, and what else the table has more than one of: data set, images per class, iteration, split. */
  readonly label: string;
}

/** Accuracies of one model trained on one set, over trials. */
export interface ScoreCell {
  readonly model: string;
  readonly column: ScoreColumn;
  /** Fractions, 0 … 1; the deviation is the population's. */
  readonly mean: number;
  readonly deviation: number;
  readonly trials: number;
}

/** Models by sets, both in the order of their first score. */
export interface ScoreTable {
  readonly models: readonly string[];
  readonly columns: readonly ScoreColumn[];
  /** Row by row; a model and column without scores have none. */
  readonly cells: readonly ScoreCell[];
}

/** Gathers the scores of each model and set. */
export function scoreTable(scores: readonly Score[]): ScoreTable {
  const models = [...new Set(scores.map(({model}) => model))];
  const columns = columnsOf(scores);
  const cells = models.flatMap((model) =>
    columns.flatMap((column) => {
      const accuracies = scores
        .filter((score) => score.model === model && isOfColumn(score, column))
        .map(({accuracy}) => accuracy);
      return accuracies.length === 0 ? [] : [{model, column, ...summarise(accuracies)}];
    }),
  );
  return {models, columns, cells};
}

/** The cell of a model and column; `undefined` where there are no scores. */
export function findCell(
  {cells}: ScoreTable,
  model: string,
  column: ScoreColumn,
): ScoreCell | undefined {
  return cells.find((cell) => cell.model === model && cell.column === column);
}

/** What the table is of, as a sentence. */
export function describeTable({columns}: ScoreTable): string {
  const [first] = columns;
  const isOne = columns.every(({dataset, ipc}) => dataset === first?.dataset && ipc === first.ipc);
  const images = first?.ipc === 1 ? '1 image' : `${first?.ipc} images`;
  const of = first && isOne ? ` on ${first.dataset}, ${images} per class` : '';
  const splits = new Set(columns.map(({split}) => split));
  const accuracy =
    splits.size > 1 ? 'Accuracy' : splits.has('held-out') ? 'Held-out accuracy' : 'Test accuracy';
  return `${accuracy} in percent${of}: mean ± population standard deviation (trials).`;
}

function columnsOf(scores: readonly Score[]): readonly ScoreColumn[] {
  const kinds = new Set(scores.map(({dataset, ipc}) => `${dataset} ipc ${ipc}`));
  const splits = new Set(scores.map(({split}) => split));
  const iterations = new Set(
    scores.flatMap(({iteration}) => (iteration === undefined ? [] : [iteration])),
  );
  const columns: ScoreColumn[] = [];
  for (const score of scores) {
    if (columns.some((column) => isOfColumn(score, column))) continue;
    const {set, dataset, split, ipc, iteration} = score;
    const label = [
      kinds.size > 1 ? `${dataset} ipc ${ipc} ` : '',
      set,
      iterations.size > 1 && iteration !== undefined ? ` @${iteration}` : '',
      splits.size > 1 ? ` (${split})` : '',
    ].join('');
    const of = {set, dataset, split, ipc, label};
    columns.push(iteration === undefined ? of : {...of, iteration});
  }
  return columns;
}

const columnFields = ['set', 'dataset', 'split', 'ipc', 'iteration'] as const;

function isOfColumn(score: Score, column: Pick<Score, (typeof columnFields)[number]>): boolean {
  return columnFields.every((field) => score[field] === column[field]);
}

function summarise(values: readonly number[]): Pick<ScoreCell, 'mean' | 'deviation' | 'trials'> {
  const trials = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / trials;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / trials;
  return {mean, deviation: Math.sqrt(variance), trials};
}
