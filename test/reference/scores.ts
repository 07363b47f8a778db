/** Checks `scores.json`: the measures of DD-Ranking, and the intervals of Student and Welch. */
import {
  augmentationRobustScore,
  hardLabelRecovery,
  improvementOverRandom,
  labelRobustScore,
} from '../../src/learning/scores/ranking.ts';
import {
  differenceInterval,
  meanInterval,
  sampleOf,
  standardError,
  welchFreedom,
  type Interval,
} from '../../src/learning/scores/samples.ts';
import {studentQuantile} from '../../src/learning/scores/student-t.ts';
import {deviation, type Deviation} from './deviation.ts';

type Numbers<Name extends string> = Readonly<Record<Name, number>>;

type Ranking = {readonly kind: 'ddranking'} & Numbers<
  | 'fullHard'
  | 'syntheticHard'
  | 'syntheticOwn'
  | 'randomOwn'
  | 'syntheticNoAugmentation'
  | 'randomNoAugmentation'
  | 'w'
  | 'gamma'
  | 'hlr'
  | 'ior'
  | 'lrs'
  | 'ars'
>;

type Mean = {readonly kind: 'mean'; readonly a: readonly number[]} & Numbers<
  'mean' | 'sd' | 'degreesOfFreedom' | 'tQuantile' | 'low' | 'high'
>;

type Welch = {
  readonly kind: 'welch';
  readonly a: readonly number[];
  readonly b: readonly number[];
} & Numbers<
  | 'meanA'
  | 'meanB'
  | 'sdA'
  | 'sdB'
  | 'difference'
  | 'standardError'
  | 'degreesOfFreedom'
  | 'tQuantile'
  | 'low'
  | 'high'
  | 'pValue'
>;

export type ScoresCase = Ranking | Mean | Welch;

/** The file's numbers have ten digits. */
const tolerance = 1e-9;

/** Plain arithmetic: the engine is not asked. */
export async function checkScores(
  _engine: unknown,
  reference: ScoresCase,
): Promise<readonly Deviation[]> {
  const found = foundFor(reference);
  return await Promise.resolve(
    Object.entries(found).map(([name, number]) => {
      const expected = (reference as unknown as Numbers<string>)[name]!;
      return deviation(name, [number], [expected], {
        tolerance,
        scale: Math.max(1, Math.abs(expected)),
      });
    }),
  );
}

function foundFor(reference: ScoresCase): Numbers<string> {
  switch (reference.kind) {
    case 'ddranking':
      return ranked(reference);
    case 'mean':
      return averaged(reference);
    case 'welch':
      return compared(reference);
  }
}

function ranked(of: Ranking): Numbers<string> {
  const hlr = hardLabelRecovery(of.fullHard, of.syntheticHard);
  const ior = improvementOverRandom(of.syntheticOwn, of.randomOwn);
  const plainIor = improvementOverRandom(of.syntheticNoAugmentation, of.randomNoAugmentation);
  return {
    hlr,
    ior,
    lrs: labelRobustScore({ior, hlr}, of.w),
    ars: augmentationRobustScore({ior, plainIor}, of.gamma),
  };
}

function averaged({a}: Mean): Numbers<string> {
  const sample = sampleOf(a);
  return {
    mean: sample.mean,
    sd: Math.sqrt(sample.variance),
    tQuantile: studentQuantile(0.95, sample.count - 1),
    ...endsOf(meanInterval(sample, 0.95)),
  };
}

function compared({a, b, pValue}: Welch): Numbers<string> {
  const [first, second] = [sampleOf(a), sampleOf(b)];
  const freedom = welchFreedom(first, second);
  const error = Math.hypot(standardError(first), standardError(second));
  const quantile = (probability: number): number => studentQuantile(probability, freedom);
  return {
    meanA: first.mean,
    meanB: second.mean,
    sdA: Math.sqrt(first.variance),
    sdB: Math.sqrt(second.variance),
    // The quantile that belongs to the p-value leads back to the difference.
    difference:
      pValue === 1
        ? first.mean - second.mean
        : error * quantile(1 - pValue) * Math.sign(first.mean - second.mean),
    standardError: error,
    degreesOfFreedom: freedom,
    tQuantile: quantile(0.95),
    ...endsOf(differenceInterval(first, second, 0.95)),
  };
}

function endsOf(interval: Interval | undefined): Numbers<'low' | 'high'> {
  return {low: interval?.low ?? NaN, high: interval?.high ?? NaN};
}
