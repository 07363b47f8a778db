import {StageError} from '../../../src/contract/stage.ts';
import type {Targets} from '../../../src/learning/data/targets.ts';

/** Refuses soft labels of the set to start from, for methods that would not see them. Throws a `StageError`. */
export function assertHardStart(targets: Targets | undefined): void {
  if (targets === undefined) return;
  throw new StageError(
    'The set to start from has soft labels, but this method trains its networks on the classes alone.',
  );
}
