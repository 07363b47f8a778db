import type {ScoreAxis} from './score-cells.ts';
import {labelsText} from './scores.ts';
import {keyOf, type AxisValue, type TablePlace} from './table-axes.ts';

/** The labels of columns; data set and images per class form one label if several of either occur. */
export function columnLabels(
  headings: readonly TablePlace[],
  axes: readonly ScoreAxis[],
): readonly string[] {
  const varies = (...some: readonly ScoreAxis[]): boolean =>
    new Set(headings.filter((at) => at[some[0]!] !== undefined).map((at) => keyOf(at, some))).size >
    1;
  const hasKinds = varies('dataset', 'ipc');
  const hasModels = varies('model') || !axes.includes('set');
  const iterations = varies('iteration');
  const splits = varies('split');
  const terms = termLabels(headings);
  return headings.map((at) => {
    const {dataset, ipc, model, set, iteration, split} = at;
    const parts = [
      ...(hasKinds && dataset !== undefined ? [dataset] : []),
      ...(hasKinds && ipc !== undefined ? [`ipc ${ipc}`] : []),
      ...(hasModels && model !== undefined ? [model] : []),
      ...(set === undefined ? [] : [set]),
      ...(iterations && iteration !== undefined ? [`@${iteration}`] : []),
      ...(splits && split !== undefined ? [`(${split})`] : []),
    ];
    const label = [parts.join(' '), ...terms(at)].filter((part) => part !== '').join(', ');
    return label === '' ? 'accuracy' : label;
  });
}

/** The terms in labels of headings: those that vary, but not the augmentation that all have that have any. */
function termLabels(headings: readonly TablePlace[]): (at: TablePlace) => readonly string[] {
  const valuesOf = (axis: ScoreAxis): ReadonlySet<AxisValue> =>
    new Set(headings.flatMap((at) => at[axis] ?? []));
  const [protocols, labels, rates] = (['protocol', 'labels', 'rate'] as const).map(
    (axis) => valuesOf(axis).size > 1,
  );
  const augmentations = valuesOf('augmentation');
  const isTold = (name: AxisValue): boolean =>
    augmentations.size > (name === 'none' || !augmentations.has('none') ? 1 : 2);
  return (at) => {
    const {protocol, labels: answers, augmentation, rate} = at;
    return [
      ...(protocols && protocol !== undefined ? [String(protocol)] : []),
      ...(labels && answers !== undefined ? [labelsText(String(answers))] : []),
      ...(augmentation !== undefined && isTold(augmentation)
        ? [augmentation === 'none' ? 'not augmented' : String(augmentation)]
        : []),
      ...(rates && rate !== undefined ? [`rate ${rate}`] : []),
    ];
  };
}
