/**
 * The kernels of the `wasm` engine, in AssemblyScript, and the loop that runs a list of them. Every thread runs the same
 * list on the same memory, takes its own part of each kernel's work, and meets the others where the list says so.
 *
 * A command is its number, how many words of arguments follow, and the arguments; 0 ends the list. Tensors are named by
 * their place in a table of addresses. `list.ts` on the other side writes what is read here.
 */
import {copyBlock, fill, gatherRows, scatterRows} from './arrays';
import {meet} from './barrier';
import {elementwise, sumParts} from './elementwise';
import {multiplyMatrices} from './gemm';
import {foldPatches, unfoldPatches} from './patches';
import {avgPool, avgPoolSpread, maxPool, maxPoolGather, maxPoolScatter} from './pooling';
import {logSumExp, softmax} from './softmax';
import {affineWarp, affineWarpTranspose} from './warp';
import {
  filterToPoints,
  imagesToPoints,
  pointsToFilter,
  pointsToResult,
  resultToPoints,
} from './winograd';

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
    if (load<i32>(command) == 24) meet(barrier, threads);
    else run(command, slots, scratch, thread, threads);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function next(command: usize): usize {
  return command + 8 + (load<usize>(command, 4) << 2);
}

/** Of one command, the part that this thread does. */
function run(command: usize, slots: usize, scratch: usize, thread: i32, threads: i32): void {
  const args = command + 8;
  switch (load<i32>(command)) {
    case 1:
      elementwise(args, slots, scratch, thread, threads);
      break;
    case 2:
      sumParts(args, slots, thread, threads);
      break;
    case 3:
      multiplyMatrices(args, slots, scratch, thread, threads);
      break;
    case 4:
      unfoldPatches(args, slots, thread, threads);
      break;
    case 5:
      foldPatches(args, slots, thread, threads);
      break;
    case 6:
      imagesToPoints(args, slots, scratch, thread, threads);
      break;
    case 7:
      filterToPoints(args, slots, scratch, thread, threads);
      break;
    case 8:
      pointsToResult(args, slots, scratch, thread, threads);
      break;
    case 9:
      resultToPoints(args, slots, scratch, thread, threads);
      break;
    case 10:
      pointsToFilter(args, slots, scratch, thread, threads);
      break;
    case 11:
      copyBlock(args, slots, thread, threads);
      break;
    case 12:
      fill(args, slots, thread, threads);
      break;
    case 13:
      gatherRows(args, slots, thread, threads);
      break;
    case 14:
      scatterRows(args, slots, thread, threads);
      break;
    case 15:
      softmax(args, slots, thread, threads);
      break;
    case 16:
      logSumExp(args, slots, thread, threads);
      break;
    case 17:
      avgPool(args, slots, thread, threads);
      break;
    case 18:
      avgPoolSpread(args, slots, thread, threads);
      break;
    case 19:
      maxPool(args, slots, thread, threads);
      break;
    case 20:
      maxPoolGather(args, slots, thread, threads);
      break;
    case 21:
      maxPoolScatter(args, slots, thread, threads);
      break;
    case 22:
      affineWarp(args, slots, thread, threads);
      break;
    case 23:
      affineWarpTranspose(args, slots, thread, threads);
      break;
    default:
      unreachable();
  }
}
