import type {ChartPart} from '../parts.ts';
import {byName, markOf, sharings} from './run-marks.ts';

/** The charts of several runs, over each other: one for each title and stage. Curves that are the same in several are there once. */
export function joinedCharts(ofRuns: readonly (readonly ChartPart[])[]): readonly ChartPart[] {
  const name = ({title, stage, axis}: ChartPart): string => JSON.stringify([title, stage, axis]);
  return byName(ofRuns, name).map((charts) => {
    const {title, stage, axis} = charts.find((chart) => chart !== undefined)!;
    const groups = sharings(charts.map((chart) => chart && ([chart.curves, chart.more] as const)));
    return {
      title,
      stage,
      axis,
      curves: groups.flatMap(({value: [curves]}, group) =>
        curves.map((curve) => ({...curve, group})),
      ),
      more: groups.reduce((sum, {value: [, more]}) => sum + more, 0),
      groups: groups.map(({runs}) => markOf(runs)),
    };
  });
}
