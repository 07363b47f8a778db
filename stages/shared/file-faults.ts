import type {Contract} from '../../src/contract/contract.ts';
import {StageError} from '../../src/contract/stage.ts';
import type {StageRun} from '../../src/contract/stage.ts';
import {FileFault} from '../../src/formats/file-fault.ts';

/**
 * Turns a `FileFault` into a `StageError`, which is shown without a stack: the learning library knows no stages. The
 * worker replaces paths in the store by the names of inputs.
 */
export function reportingFileFaults<C extends Contract>(run: StageRun<C>): StageRun<C> {
  return async (context) => {
    try {
      await run(context);
    } catch (cause) {
      if (cause instanceof FileFault) throw new StageError(cause.message, {cause});
      throw cause;
    }
  };
}
