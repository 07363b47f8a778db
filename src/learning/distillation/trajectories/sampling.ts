import {Random} from '../../random.ts';

/** How the trajectory of an iteration is chosen. */
export type Sampling =
  /** Any trajectory, drawn anew each time. */
  | {readonly kind: 'with-replacement'}
  /**
   * One after the other, as the official program does without `load_all`: the files in random order, of which the first
   * `maxFiles` are used, and of each the first `maxExperts` in random order. After the last file, everything is
   * shuffled again.
   */
  | {readonly kind: 'shuffled'; readonly maxFiles?: number; readonly maxExperts?: number};

/**
 * The trajectory of an iteration, numbered through all files. Earlier iterations need not be replayed, since each pass
 * over the files takes the same number of iterations.
 *
 * @param shards number of trajectories in each file
 * @param iteration counted from 0
 */
export function trajectoryAt(
  sampling: Sampling,
  {shards, seed, iteration}: {shards: readonly number[]; seed: number; iteration: number},
): number {
  if (sampling.kind === 'with-replacement') {
    const count = shards.reduce((sum, size) => sum + size, 0);
    return new Random(seed, 'iteration', iteration, 'trajectory').integer(count);
  }
  const {maxFiles = shards.length, maxExperts = Infinity} = sampling;
  const random = new Random(seed, 'sampling');
  const kept = random.at('files').permutation(shards.length).subarray(0, maxFiles);
  const sizes = Array.from(kept, (file) => Math.min(shards[file]!, maxExperts));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const pass = Math.floor(iteration / total);
  const order = random.at('pass', pass).permutation(kept.length);
  let left = iteration % total;
  let place = 0;
  while (left >= sizes[order[place]!]!) left -= sizes[order[place++]!]!;
  const file = kept[order[place]!]!;
  const experts = random.at('pass', pass, 'file', file).permutation(sizes[order[place]!]!);
  const before = shards.slice(0, file).reduce((sum, size) => sum + size, 0);
  return before + experts[left]!;
}
