import {readFile, writeFile} from 'node:fs/promises';
import {StageError, type StageRun} from '../../src/contract/stage.ts';
import {readScores, writeScores} from '../../src/learning/codecs/scores.ts';
import {writeTable} from '../../src/learning/codecs/table-arrow.ts';
import {parsePublishedScores} from '../../src/learning/scores/published-scores.ts';
import {nothingDecides} from '../../src/learning/scores/order-rows.ts';
import {scoreCells} from '../../src/learning/scores/score-cells.ts';
import {distinctTrials, type GivenAxes, type Score} from '../../src/learning/scores/scores.ts';
import {
  CrowdedTable,
  describeTable,
  scoreTable,
  type ScoreTable,
} from '../../src/learning/scores/score-table.ts';
import {reportingFileFaults} from '../shared/file-faults.ts';
import type {contract} from './contract.ts';
import {tableColumns} from './columns.ts';
import {renderCsv, renderLatex, renderMarkdown} from './render.ts';

export const run: StageRun<typeof contract> = reportingFileFaults(async (context) => {
  const {inputs, params} = context;
  const files = await Promise.all(inputs.scores.map(readSetScores));
  const scores = distinctTrials(placed(files.flat(), params.at));
  const [path] = inputs.published;
  const published =
    path === undefined ? [] : parsePublishedScores(await readFile(path, 'utf8'), path);
  const cells = scoreCells(scores);
  const table = laidOut(() => scoreTable(cells, params, published));
  const unordered = params.best && nothingDecides(cells, params.best);
  if (unordered !== undefined) context.warn(unordered);
  await writeTable(context.output('table'), tableColumns(table), {about: describeTable(table)});
  await writeFile(context.output('markdown'), renderMarkdown(table));
  await writeFile(context.output('csv'), renderCsv(table));
  await writeFile(context.output('latex'), renderLatex(table));
  await writeScores(context.output('scores'), scores);
});

/** Scores with the digests of their sets: in a table's scores a column has them, in those of `evaluate` the metadata. */
async function readSetScores(path: string): Promise<readonly Score[]> {
  const {scores, metadata} = await readScores(path);
  const {synthetic_sha256: setDigest} = metadata;
  return setDigest === undefined ? scores : scores.map((score) => ({setDigest, ...score}));
}

/** Scores with further values on axes that the pipeline gives. */
function placed(
  scores: readonly Score[],
  given: Readonly<Record<string, string | number | boolean>> | undefined,
): readonly Score[] {
  if (given === undefined) return scores;
  const added: GivenAxes = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? String(value) : value,
    ]),
  );
  return scores.map((score) => ({...score, at: {...score.at, ...added}}));
}

function laidOut(layOut: () => ScoreTable): ScoreTable {
  try {
    return layOut();
  } catch (cause) {
    if (!(cause instanceof CrowdedTable)) throw cause;
    const advice = `Name ${cause.axis} among rows or columns.`;
    throw new StageError(`${cause.message} ${advice}`, {cause});
  }
}
