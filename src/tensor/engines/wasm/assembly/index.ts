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
import {barrierNumber, dispatch} from './dispatch';

export {exp, log, sigmoid} from './elementwise';

/** The end of the kernels' constant tables. */
export function staticEnd(): usize {
  return __heap_base;
}

/**
 * @param list address of the commands
 * @param slots the table of addresses
 * @param scratch memory of this thread's own
 * @param barrier four words, of which the first is 0 before and after
 */
export function execute(
  list: usize,
  slots: usize,
  scratch: usize,
  barrier: usize,
  thread: i32,
  threads: i32,
): void {
  for (let command = list; load<i32>(command) != 0; command = next(command)) {
    if (load<i32>(command) == barrierNumber) awaitAll(barrier, threads);
    else dispatch(command, slots, scratch, thread, threads);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function next(command: usize): usize {
  return command + 8 + (load<usize>(command, 4) << 2);
}
