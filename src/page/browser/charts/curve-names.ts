import type {ChartPart, Curve, RunMark} from '../../model/parts.ts';

/** Curves that belong together. */
export interface CurveGroup {
  /** Absent: they are all of the chart's. */
  readonly mark: RunMark | undefined;
  readonly curves: readonly Curve[];
}

/** The curves of a chart, by the runs that they are from. */
export function groupsOf({curves, groups}: ChartPart): readonly CurveGroup[] {
  if (groups === undefined) return [{mark: undefined, curves}];
  return groups.map((mark, index) => ({
    mark,
    curves: curves.filter(({group}) => group === index),
  }));
}

/** Short names for the curves of a chart; empty for its only one. */
export function curveNames(chart: ChartPart): readonly string[] {
  const {stage, curves, groups} = chart;
  return curves.map(({name, group}) => {
    const isOnly = curves.filter((curve) => curve.group === group).length === 1;
    const short = isOnly ? '' : shortName(name, stage);
    return group === undefined ? short : `${groups![group]!.label} ${short}`.trim();
  });
}

/** `[expert=3]` for `expert[expert=3]`. */
function shortName(name: string, stage: string): string {
  return name.startsWith(stage) && name.length > stage.length ? name.slice(stage.length) : name;
}
