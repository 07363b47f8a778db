/**
 * Commands whose pieces threads take from each other. A thread begins with its own pieces, from the first one on; a
 * thread that has none left takes those of another, from the last one on, with the addresses of that thread. Cores
 * are not equally fast: another process, or another virtual machine, may use half of one.
 *
 * Each thread offers its pieces in a cache line at the end of its scratch memory. Its words: the number of offers so
 * far, the pieces that are claimed, and how many of them others have claimed.
 */
import {partOf} from './arguments';
import {awaitChange} from './barrier';
import {dispatch} from './dispatch';

const claimed: usize = 4;
const byOthers: usize = 8;
const lineBytes: usize = 64;

/**
 * Does pieces of a command until no thread has any left. Others may still be doing theirs.
 * @param step bytes from one thread's table of addresses to the next one's
 * @param scratchStep bytes from one thread's scratch memory to the next one's
 */
export function takePieces(
  command: usize,
  count: i32,
  slots: usize,
  step: usize,
  scratch: usize,
  scratchStep: usize,
  barrier: usize,
  thread: i32,
  threads: i32,
): void {
  const own = scratch + scratchStep - lineBytes;
  const first = partOf(count, thread, threads);
  const size = partOf(count, thread + 1, threads) - first;
  atomic.store<i32>(own, 0, claimed);
  atomic.store<i32>(own, 0, byOthers);
  const offers = atomic.add<i32>(own, 1);
  atomic.notify(own, threads);
  for (let piece = first; atomic.add<i32>(own, 1, claimed) < size; piece++) {
    dispatch(command, slots, scratch, piece, count);
  }
  for (let i = 1; i < threads; i++) {
    const other = (thread + i) % threads;
    const apart = <usize>(other - thread);
    const line = own + apart * scratchStep;
    // The other thread offers its pieces once they are ready, after all that comes before them.
    awaitChange(line, offers, barrier);
    const end = partOf(count, other + 1, threads);
    const most = end - partOf(count, other, threads);
    while (atomic.add<i32>(line, 1, claimed) < most) {
      const piece = end - 1 - atomic.add<i32>(line, 1, byOthers);
      dispatch(command, slots + apart * step, scratch, piece, count);
    }
  }
}
