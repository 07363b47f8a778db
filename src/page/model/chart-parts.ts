import {groupBy} from '../../base/group-by.ts';
import type {Figures} from '../../inspect/figures.ts';
import {stageOf} from '../../pipeline/graph/stage-of.ts';
import type {ChartPart, Curve, HistogramPart} from './parts.ts';

/** The figures of instances, by id. */
export type FiguresById = readonly (readonly [id: string, figures: Figures])[];

/** Limit of the curves in one chart, so that they can be told apart. */
const shownCurves = 24;

/** Limit of a curve's points: of longer curves, only the smallest and the largest point of each interval are kept. */
const shownPoints = 800;

/** The curves of metrics, one chart for each column of a stage, and of accuracy by iteration if there are several. */
export function chartParts(all: FiguresById): readonly ChartPart[] {
  const charts = new Map<string, {title: string; stage: string; axis: string; curves: Curve[]}>();
  const add = (chart: Omit<ChartPart, 'curves' | 'more'>, curve: Curve): void => {
    const name = JSON.stringify(chart);
    const known = charts.get(name) ?? {...chart, curves: []};
    known.curves.push(curve);
    charts.set(name, known);
  };
  for (const [id, {curves}] of all) {
    for (const {axis, points} of curves) {
      const columns = groupBy(points, ({tag}) => tag);
      for (const [tag, column] of columns) {
        const y = column.map(({summary}) => (summary.kind === 'scalar' ? summary.value : NaN));
        const curve = thinned({x: column.map(({step}) => step), y});
        add({title: words(tag), stage: stageOf(id), axis}, {name: id, ...curve});
      }
    }
  }
  for (const [stage, curve] of accuracyCurves(all)) {
    add({title: 'accuracy', stage, axis: 'iteration'}, curve);
  }
  return [...charts.values()].map(({curves, ...chart}) => ({
    ...chart,
    curves: curves.slice(0, shownCurves),
    more: Math.max(0, curves.length - shownCurves),
  }));
}

/** Mean accuracy over trials by iteration, of each network and split; only if there are several iterations. */
function accuracyCurves(all: FiguresById): readonly (readonly [stage: string, Curve])[] {
  const scores = all.flatMap(([id, figures]) =>
    figures.scores.map((score) => ({...score, stage: stageOf(id)})),
  );
  const groups = groupBy(scores, ({stage, set, split, model}) =>
    JSON.stringify([stage, set, split, model]),
  );
  return [...groups.values()].flatMap((group) => {
    const {stage, set, split, model} = group[0]!;
    const steps = [...groupBy(group, ({iteration}) => iteration)].sort(([a], [b]) => a - b);
    if (steps.length < 2) return [];
    const y = steps.map(
      ([, trials]) => trials.reduce((sum, {accuracy}) => sum + accuracy, 0) / trials.length,
    );
    const name = [model, set, ...(split === 'test' ? [] : [split])].join(', ');
    return [[stage, {name, x: steps.map(([step]) => step), y}] as const];
  });
}

function thinned({x, y}: {x: number[]; y: number[]}): Pick<Curve, 'x' | 'y'> {
  const size = Math.ceil((2 * x.length) / shownPoints);
  const finite = (value: number): number | null =>
    Number.isFinite(value) ? withDigits(value) : null;
  if (size <= 2) return {x, y: y.map(finite)};
  const kept = new Set([0, x.length - 1]);
  for (let start = 0; start < x.length; start += size) {
    const bucket = Array.from({length: Math.min(size, x.length - start)}, (_, i) => start + i);
    kept.add(bucket.reduce((a, b) => (y[b]! < y[a]! ? b : a)));
    kept.add(bucket.reduce((a, b) => (y[b]! > y[a]! ? b : a)));
  }
  const indices = [...kept].sort((a, b) => a - b);
  return {x: indices.map((i) => x[i]!), y: indices.map((i) => finite(y[i]!))};
}

/** A number with all digits that a page may show: more of them only make its file larger. */
function withDigits(value: number): number {
  return Number(value.toPrecision(7));
}

/** `step size` for `stepSize`. */
export function words(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
}

/** The histograms of each name of each instance, by iteration. */
export function histogramParts(all: FiguresById): readonly HistogramPart[] {
  return all.flatMap(([instance, figures]) => withoutRepeats(histogramsOf(instance, figures)));
}

/** Removes histograms that another one of the same instance repeats, with all their iterations. */
function withoutRepeats(parts: readonly HistogramPart[]): readonly HistogramPart[] {
  const steps = parts.map((part) => new Set(part.steps.map((step) => JSON.stringify(step))));
  return parts.filter(
    (_, one) =>
      !steps.some(
        (other, index) =>
          index !== one &&
          [...steps[one]!].every((step) => other.has(step)) &&
          (other.size > steps[one]!.size || index > one),
      ),
  );
}

function histogramsOf(instance: string, {histograms}: Figures): readonly HistogramPart[] {
  return [...groupBy(histograms, ({tag}) => tag)].map(([tag, points]) => ({
    title: words(tag),
    instance,
    steps: points.flatMap(({step, summary}) =>
      summary.kind === 'histogram'
        ? [
            {
              iteration: step,
              min: withDigits(summary.min),
              limits: Array.from(summary.limits, withDigits),
              counts: Array.from(summary.counts, withDigits),
            },
          ]
        : [],
    ),
  }));
}
