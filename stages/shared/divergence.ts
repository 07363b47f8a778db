import {StageError} from '../../src/contract/stage.ts';
import {DivergedError} from '../../src/learning/diverged-error.ts';

/**
 * Turns a `DivergedError` into a `StageError`, which is shown without a stack: the learning library knows no stages.
 */
export async function* reportingDivergence<T>(progress: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* progress;
  } catch (cause) {
    if (cause instanceof DivergedError) throw new StageError(cause.message, {cause});
    throw cause;
  }
}
