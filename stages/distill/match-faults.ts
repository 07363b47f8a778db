import type {Fault} from '../../src/contract/facts.ts';

/** The parameters that say from which epochs on students are matched, and how. */
export interface MatchParams {
  readonly expertEpochs: number;
  readonly maxStartEpoch: number;
  readonly minStartEpoch?: number;
  readonly growth?: {readonly from: number; readonly until: number};
  readonly betweenEpochs?: boolean;
  readonly match: string;
  readonly normalise: string;
  readonly skipShallow?: number;
  readonly bestStep?: boolean;
}

/** The epochs that experts must have, and the sum that says so. */
export function epochsNeeded({
  maxStartEpoch,
  expertEpochs,
  betweenEpochs = false,
}: Pick<MatchParams, 'maxStartEpoch' | 'expertEpochs' | 'betweenEpochs'>): {
  readonly needed: number;
  readonly sum: string;
} {
  if (!betweenEpochs) {
    const needed = maxStartEpoch - 1 + expertEpochs;
    const sum = `maxStartEpoch − 1 + expertEpochs = ${maxStartEpoch} − 1 + ${expertEpochs} = ${needed}`;
    return {needed, sum};
  }
  const needed = maxStartEpoch + expertEpochs;
  return {
    needed,
    sum: `maxStartEpoch + expertEpochs = ${maxStartEpoch} + ${expertEpochs} = ${needed}`,
  };
}

/** The faults that are there whatever flows in. */
export function matchFaults(params: MatchParams): readonly Fault[] {
  return [...rangeFaults(params), ...parameterFaults(params)];
}

/** The range of start epochs must never be empty, and never exceed T⁺. */
function rangeFaults({maxStartEpoch, minStartEpoch = 0, growth}: MatchParams): readonly Fault[] {
  if (growth !== undefined && growth.from > maxStartEpoch) {
    const message = `growth.from must be at most maxStartEpoch, ${maxStartEpoch}, up to which it grows, got ${growth.from}.`;
    return [{param: 'growth.from', message, suggestion: `from: ${maxStartEpoch}`}];
  }
  const bound = growth?.from ?? maxStartEpoch;
  if (minStartEpoch < bound) return [];
  const name = growth === undefined ? 'maxStartEpoch' : 'growth.from';
  const message = `minStartEpoch must be below ${name}, ${bound}, since students start below that, got ${minStartEpoch}.`;
  return [{param: 'minStartEpoch', message, suggestion: `minStartEpoch: ${bound - 1}`}];
}

/** Some options are of parameters. */
function parameterFaults({match, skipShallow = 0, bestStep}: MatchParams): readonly Fault[] {
  if (match === 'parameters') return [];
  const faults: Fault[] = [];
  if (skipShallow > 0) {
    const message = `skipShallow leaves out parameters, but match is ${match}.`;
    faults.push({param: 'skipShallow', message, suggestion: 'match: parameters'});
  }
  if (bestStep === true) {
    const message = `bestStep compares parameters with the target, but match is ${match}.`;
    faults.push({param: 'bestStep', message, suggestion: 'match: parameters'});
  }
  return faults;
}
