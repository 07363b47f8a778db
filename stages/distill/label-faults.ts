import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {factsOf, type SetFacts} from '../shared/image-facts.ts';

/** The parameters of labels that are learned. */
export interface LabelParams {
  readonly labelRate?: number;
  readonly labelMomentum?: number;
}

/** Only logits are learned, which a set to start from must have. */
export function labelFaults(
  {labelRate = 0, labelMomentum}: LabelParams,
  start: KnownInput | undefined,
): readonly Fault[] {
  if (labelRate === 0) {
    if (labelMomentum === undefined) return [];
    const message = 'labelMomentum is of labels that are learned, but there is no labelRate.';
    return [{param: 'labelMomentum', message}];
  }
  const targets = start === undefined ? 'none' : factsOf<SetFacts>(start).targets;
  if (targets === undefined || targets === 'logits') return [];
  const message = `labelRate learns labels as logits, which the stage type label gives to a set: ${lacks(targets, start)}`;
  return [{param: 'labelRate', message}];
}

function lacks(targets: 'none' | 'rows', start: KnownInput | undefined): string {
  if (start === undefined) return 'connect `start` to such a set.';
  const has = targets === 'none' ? 'no soft labels' : 'probabilities as labels';
  return `the set of \`${start.instance}\` has ${has}.`;
}
