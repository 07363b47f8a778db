import {groupBy} from '../../base/group-by.ts';
import type {TrialScore} from '../../contract/offers.ts';
import {finalTrials, meanAccuracy} from '../../inspect/final-trials.ts';
import type {FiguresById} from './chart-parts.ts';
import type {ScoreMark, ScorePart} from './parts.ts';

/** Limit of the networks in a plot; the tables have all of them. */
const shownModels = 24;

/** The test accuracies under each title, by network and set; of a distilled set, at its last iteration. */
export function scoreParts(all: FiguresById): readonly ScorePart[] {
  const scores = all.flatMap(([, figures]) => figures.scores.filter(({split}) => split === 'test'));
  const groups = groupBy(scores, ({title}) => title);
  return [...groups].map(([title, group]) => {
    const models = [...groupBy(group, ({model}) => model)].slice(0, shownModels);
    return {
      title,
      sets: [...new Set(group.map(({set}) => set))],
      rows: models.map(([model, ofModel]) => ({
        model,
        marks: [...groupBy(ofModel, ({set}) => set).values()].map(markOf),
      })),
    };
  });
}

function markOf(trials: readonly TrialScore[]): ScoreMark {
  const last = finalTrials(trials);
  const mean = meanAccuracy(last);
  const variance = last.reduce((sum, {accuracy}) => sum + (accuracy - mean) ** 2, 0) / last.length;
  return {set: last[0]!.set, mean, deviation: Math.sqrt(variance), trials: last.length};
}
