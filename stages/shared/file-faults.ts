import type {Contract} from '../../src/contract/contract.ts';
import {StageError} from '../../src/contract/stage.ts';
import type {StageRun} from '../../src/contract/stage.ts';
import {FileFault} from '../../src/formats/file-fault.ts';

/**
 * Shows the user what is wrong with a file as it is said, without a stack: the learning library knows no stages. The
 * worker puts the names of inputs in the place of their paths in the store.
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
