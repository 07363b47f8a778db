/** Rows of features, one per candidate. */
export interface Candidates {
  /** [count, size] */
  readonly features: Float32Array;
  readonly count: number;
  /** Numbers per row. */
  readonly size: number;
}

/**
 * Herding (Welling 2009, as iCaRL uses it): repeatedly chooses the candidate that brings the mean of the chosen ones
 * closest to the mean of all. Each candidate is chosen at most once; ties go to the first.
 */
export function herd({features, count, size}: Candidates, picks: number): readonly number[] {
  const mean = meanOf({features, count, size});
  const sum = new Float64Array(size);
  const chosen: number[] = [];
  while (chosen.length < picks) {
    const wanted = mean.map((value, j) => value * (chosen.length + 1) - sum[j]!);
    const next = nearest({features, count, size}, wanted, chosen);
    for (let j = 0; j < size; j++) sum[j]! += features[next * size + j]!;
    chosen.push(next);
  }
  return chosen;
}

/**
 * Greedy k-center (Gonzalez 1985): chooses the candidate closest to the mean, then repeatedly the one farthest from its
 * nearest chosen candidate. Ties go to the first.
 */
export function spread({features, count, size}: Candidates, picks: number): readonly number[] {
  const chosen = [nearest({features, count, size}, meanOf({features, count, size}), [])];
  const away = new Float64Array(count).fill(Infinity);
  while (chosen.length < picks) {
    const last = features.subarray(chosen.at(-1)! * size, (chosen.at(-1)! + 1) * size);
    let farthest = -1;
    for (let i = 0; i < count; i++) {
      away[i] = Math.min(away[i]!, squaredDistance({features, size}, i, last));
      if (!chosen.includes(i) && (farthest < 0 || away[i]! > away[farthest]!)) farthest = i;
    }
    chosen.push(farthest);
  }
  return chosen;
}

function meanOf({features, count, size}: Candidates): Float64Array {
  const mean = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < size; j++) mean[j]! += features[i * size + j]!;
  }
  return mean.map((total) => total / count);
}

function nearest(
  {features, count, size}: Candidates,
  to: Float64Array,
  without: readonly number[],
): number {
  let best = -1;
  let least = Infinity;
  for (let i = 0; i < count; i++) {
    const distance = squaredDistance({features, size}, i, to);
    if ((best < 0 || distance < least) && !without.includes(i)) [best, least] = [i, distance];
  }
  return best;
}

function squaredDistance(
  {features, size}: Pick<Candidates, 'features' | 'size'>,
  row: number,
  to: Float64Array | Float32Array,
): number {
  let sum = 0;
  for (let j = 0; j < size; j++) sum += (features[row * size + j]! - to[j]!) ** 2;
  return sum;
}
