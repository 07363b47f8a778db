import type {Fault, KnownInput} from '../../src/contract/facts.ts';
import {factsOf, type SetFacts} from '../shared/image-facts.ts';

/** The parameters of labels that are learned. */
export interface LabelParams {
  readonly canvasSize: number;
  readonly canvasSamples: number;
  readonly labels?: string;
  readonly labelRate?: number;
  readonly labelMomentum?: number;
}

/** The faults of labels that cannot be, or cannot be learned. */
export function labelFaults(params: LabelParams, start: KnownInput | undefined): readonly Fault[] {
  const message = teacherFault(params);
  return message === undefined ? learningFaults(params, start) : [{param: 'labels', message}];
}

/** Why the labels cannot be a teacher's. */
export function teacherFault({
  labels,
  labelRate = 0,
  canvasSize,
  canvasSamples,
}: LabelParams): string | undefined {
  if (labels !== 'teacher') return undefined;
  if (labelRate > 0)
    return 'labels: teacher gives new labels in each iteration, so that there are none for labelRate to learn.';
  if (canvasSize === 1 && canvasSamples === 1) return undefined;
  return 'labels: teacher labels whole images, not windows of a canvas: it needs canvasSize and canvasSamples of 1.';
}

/** Only logits are learned, which a set to start from must have. */
function learningFaults(
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
