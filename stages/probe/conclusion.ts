import {
  canBeMatched,
  median,
  rateStartEpochs,
  startBound,
  type Attempt,
  type StartEpochRating,
} from '../../src/learning/distillation/probing/choices.ts';
import {bestRate} from '../../src/learning/distillation/probing/rate-search.ts';
import type {Findings} from './findings.ts';
import type {Segment} from './plan.ts';
import {matched, type Chosen} from './probe.ts';

/** The choices, with their reasons. */
export interface Conclusion {
  /** α₀ */
  readonly stepSize: number;
  /** T⁺ */
  readonly maxStartEpoch: number;
  /** η_x */
  readonly pixelRate: number;
  /** Of the chosen step size. */
  readonly starts: readonly JudgedStart[];
  /** The median loss before any update, of the segments that the short distillations matched. */
  readonly before: number;
  readonly gradientNorm: number;
}

export interface JudgedStart extends StartEpochRating {
  /** The median loss after the short distillation with the chosen rate; absent: it did not start here. */
  readonly after?: number;
}

/**
 * T⁺ is the bound below which a short distillation brought students nearer to their experts than they were at the start;
 * η_x is the rate of that distillation.
 *
 * @param chosen α₀, the bound of that distillation, and the measurements that precede it
 */
export function concludeFrom(
  {attempts, tries}: Findings,
  chosen: Chosen & Pick<Conclusion, 'before' | 'gradientNorm'>,
  segments: readonly Segment[],
): Conclusion {
  const {pixelRate, losses} = bestRate(tries);
  const seen = matched(segments, chosen);
  const starts = rateStartEpochs(attempts, chosen.stepSize).map((rating): JudgedStart => {
    const after = losses.filter((_, i) => seen[i]!.startEpoch === rating.startEpoch);
    return {...rating, ...(after.length > 0 && {after: median(after)})};
  });
  return {
    ...chosen,
    maxStartEpoch: startBound(starts, isUsable),
    pixelRate,
    starts,
  };
}

/** Whether a short distillation brought students nearer to the expert than they were at the start. */
export function isUsable(start: JudgedStart): boolean {
  return canBeMatched(start) && start.after !== undefined && start.after < 1;
}

/** The median loss on real images, over the segments that the short distillations match. */
export function lossBefore(attempts: readonly Attempt[], chosen: Chosen): number {
  const ofChosen = attempts.filter(({stepSize}) => stepSize === chosen.stepSize);
  return median(matched(ofChosen, chosen).map(({loss}) => loss));
}
