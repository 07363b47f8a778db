/**
 * The kernels of the `wasm` engine, in AssemblyScript, and the loop that runs a list of them. Every thread runs the same
 * list on the same memory, takes its own part of each kernel's work, and meets the others where the list says so.
 *
 * A command is its number, how many words of arguments follow, and the arguments; 0 ends the list. Tensors are named by
 * their place in a table of addresses. Numbers and arguments are those of `kernel-signatures.ts`, of which the build makes
 * `kernel-arguments.ts` and `dispatch.ts`; `runtime/command-list.ts` writes what is read here.
 */
import {awaitAll} from './barrier';
import {barrierNumber, dispatch} from './dispatch';

export {exp, log, sigmoid} from './elementwise';

/** Where the tables end that kernels look things up in. */
export function staticEnd(): usize {
  return __heap_base;
}

/**
 * @param list where the commands are
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
