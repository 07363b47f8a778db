import type {Contract} from '../src/contract/contract.ts';
import {StageError} from '../src/contract/stage.ts';
import type {StageRun} from '../src/contract/stage.ts';
import {FileFault} from '../src/container/file-fault.ts';

/** Shows the user what is wrong with a file as it is said, without a stack: the learning library knows no stages. */
export function reportingFileFaults<C extends Contract>(run: StageRun<C>): StageRun<C> {
  return async (context) => {
    try {
      await run(context);
    } catch (cause) {
      if (!(cause instanceof FileFault)) throw cause;
      throw new StageError(messageOf(cause, context.inputs), {cause});
    }
  };
}

/** Of an input, whose path is that of the store's copy, the message says which one it is. */
function messageOf(
  {file, message}: FileFault,
  inputs: Readonly<Record<string, readonly string[]>>,
): string {
  const found = Object.entries(inputs).find(([, files]) => files.includes(file));
  if (found === undefined) return message;
  const [name, files] = found;
  const which = files.length > 1 ? `${name} (number ${files.indexOf(file)})` : name;
  return `The input ${which} cannot be used: ${message}.`;
}
