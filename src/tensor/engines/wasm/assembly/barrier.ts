/** So often is looked before a thread sleeps: about fifty microseconds. */
const spins: i32 = 20000;

/** Nanoseconds after which a sleeping thread looks whether another has failed. */
const patience: i64 = 1000000000;

/**
 * Waits until all threads are here. The first word counts who is, the second how often all were; the fourth is not 0 once
 * a thread has failed, and then nobody has to wait any more.
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
  let left = spins;
  while (atomic.load<i32>(barrier, 4) == round) {
    if (left > 0) left--;
    else {
      if (atomic.load<i32>(barrier, 12) != 0) unreachable();
      atomic.wait<i32>(barrier + 4, round, patience);
    }
  }
}
