import type {Fault} from '../../src/contract/facts.ts';

/** The parameters that say from which epochs on students are matched, and how. */
export interface MatchParams {
  readonly maxStartEpoch: number;
  readonly minStartEpoch?: number;
  readonly growth?: {readonly from: number; readonly until: number};
  readonly match: string;
  readonly normalise: string;
  readonly skipShallow?: number;
  readonly bestStep?: boolean;
}

/** What cannot be whatever flows in. */
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
