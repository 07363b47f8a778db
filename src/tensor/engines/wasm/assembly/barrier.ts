/** Number of polls before a thread sleeps: about fifty microseconds. */
const spins: i32 = 20000;

/** Nanoseconds after which a sleeping thread checks whether another one has failed. */
const patience: i64 = 1000000000;

/**
 * Waits until all threads have arrived. The first word counts the threads that have arrived, the second the barriers
 * that were passed; the fourth is not 0 once a thread has failed, and then no thread waits any longer.
 */
export function awaitAll(barrier: usize, threads: i32): void {
  if (threads == 1) return;
  const round = atomic.load<i32>(barrier, 4);
  if (atomic.add<i32>(barrier, 1) == threads - 1) {
    atomic.store<i32>(barrier, 0);
    atomic.store<i32>(barrier, round + 1, 4);
    atomic.notify(barrier + 4, threads);
    return;
  }
  awaitChange(barrier + 4, round, barrier);
}

/** Waits until a word is no longer `before`; a trap if another thread has failed. */
export function awaitChange(word: usize, before: i32, barrier: usize): void {
  let left = spins;
  while (atomic.load<i32>(word) == before) {
    if (left > 0) left--;
    else {
      if (atomic.load<i32>(barrier, 12) != 0) unreachable();
      atomic.wait<i32>(word, before, patience);
    }
  }
}
