import type {SyntheticSet} from '../../../src/learning/data/synthetic.ts';

/** The mean and standard deviation of each channel, by which a program normalises pictures. */
export interface Normalisation {
  /** Whose they are. `nothing`: pictures are only divided by 255. */
  readonly of: 'data set' | 'pictures' | 'nothing';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The data set's own where the set has them. A whitening does not fit into a program: pictures are then normalised by
 * what they are themselves.
 * @param bytes all pictures, channels last
 */
export function normalisationOf(
  {transform, transformDigest, shape: {channels}}: SyntheticSet,
  bytes: Uint8Array,
): Normalisation {
  if (transform?.kind === 'standardise') {
    return {of: 'data set', mean: [...transform.mean], std: [...transform.std]};
  }
  if (transform !== undefined || transformDigest !== undefined) {
    return {of: 'pictures', ...channelMoments(bytes, channels)};
  }
  const mean = Array.from({length: channels}, () => 0);
  return {of: 'nothing', mean, std: mean.map(() => 1)};
}

/** The mean and standard deviation of each channel of bytes, as shares of 255. A channel of one value has the deviation 1. */
function channelMoments(
  bytes: Uint8Array,
  channels: number,
): {readonly mean: readonly number[]; readonly std: readonly number[]} {
  const count = bytes.length / channels;
  const sums = Array.from({length: channels}, () => ({sum: 0, squares: 0}));
  for (let i = 0; i < bytes.length; i++) {
    const value = bytes[i]! / 255;
    const of = sums[i % channels]!;
    of.sum += value;
    of.squares += value * value;
  }
  const mean = sums.map(({sum}) => sum / count);
  const std = sums.map(({squares}, c) => Math.sqrt(Math.max(0, squares / count - mean[c]! ** 2)));
  return {mean, std: std.map((value) => (value > 1e-6 ? value : 1))};
}
