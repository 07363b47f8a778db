import {StageError} from '../../../src/contract/stage.ts';
import type {Fault, KnownInput} from '../../../src/contract/facts.ts';
import type {Targets} from '../../../src/learning/data/targets.ts';
import {factsOf, type SetFacts} from '../image-facts.ts';

const message =
  'The set to start from has soft labels, but this method trains its networks on the classes alone: connect the set as it was before it was labelled.';

/** Refuses a set to start from with soft labels, for methods that would not see them. */
export function softStartFaults(start: KnownInput | undefined): readonly Fault[] {
  const {targets = 'none'} = start === undefined ? {} : factsOf<SetFacts>(start);
  return targets === 'none' ? [] : [{input: 'start', message}];
}

/** The same of a set that was read. Throws a `StageError`. */
export function assertHardStart(targets: Targets | undefined): void {
  if (targets !== undefined) throw new StageError(message);
}
