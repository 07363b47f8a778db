/**
 * The kernels of the `wasm` engine, in AssemblyScript, and the loop that runs a list of them. Every thread runs the
 * same list on the same memory, takes its own part of each kernel's work, and waits for the others at each barrier of
 * the list.
 *
 * A command is its number, the number of argument words, and the arguments; 0 ends the list. A tensor is given by its
 * index in a table of addresses. `kernel-signatures.ts` defines numbers and arguments, and the build makes
 * `kernel-arguments.ts` and `dispatch.ts` from it; `runtime/command-list.ts` writes the list.
 */
import {awaitAll} from './barrier';
import {barrierNumber, dispatch, takePiecesNumber} from './dispatch';
import {takePieces} from './pieces';

export {exp, log, sigmoid} from './elementwise';

/** The end of the kernels' constant tables. */
export function staticEnd(): usize {
  return __heap_base;
}

/**
 * @param list address of the commands
 * @param slots the thread's table of addresses
 * @param step bytes from one thread's table to the next one's
 * @param scratch memory of this thread's own
 * @param scratchStep bytes from one thread's memory to the next one's
 * @param barrier four words, of which the first is 0 before and after
 */
export function execute(
  list: usize,
  slots: usize,
  step: usize,
  scratch: usize,
  scratchStep: usize,
  barrier: usize,
  thread: i32,
  threads: i32,
): void {
  for (let command = list; load<i32>(command) != 0; command = next(command)) {
    const number = load<i32>(command);
    if (number == barrierNumber) awaitAll(barrier, threads);
    else if (number == takePiecesNumber) {
      const count = load<i32>(command, 8);
      command = next(command);
      takePieces(command, count, slots, step, scratch, scratchStep, barrier, thread, threads);
    } else dispatch(command, slots, scratch, thread, threads);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function next(command: usize): usize {
  return command + 8 + (load<usize>(command, 4) << 2);
}
