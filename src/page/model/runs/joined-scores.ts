import {letterOf} from '../../../compare/letter-of.ts';
import type {ScoreMark, ScorePart} from '../parts.ts';
import {byName} from './run-marks.ts';

/** The accuracies of several runs: a row for each network and set, with a mark for each run. */
export function joinedScores(ofRuns: readonly (readonly ScorePart[])[]): readonly ScorePart[] {
  const letters = ofRuns.map((_, run) => letterOf(run));
  return byName(ofRuns, ({title}) => title).map((scores) => {
    const {title} = scores.find((score) => score !== undefined)!;
    const sets = new Set(scores.flatMap((score) => score?.sets ?? []));
    const rows = scores.map((score) => (score === undefined ? [] : rowsOf(score, sets.size > 1)));
    return {
      title,
      sets: letters,
      rows: byName(rows, ({model}) => model).map((same) => ({
        model: same.find((row) => row !== undefined)!.model,
        marks: same.flatMap((row, run) => (row ? [{...row.mark, set: letters[run]!}] : [])),
      })),
    };
  });
}

function rowsOf(
  {rows}: ScorePart,
  isSetTold: boolean,
): readonly {readonly model: string; readonly mark: ScoreMark}[] {
  return rows.flatMap(({model, marks}) =>
    marks.map((mark) => ({model: isSetTold ? `${model}, ${mark.set}` : model, mark})),
  );
}
