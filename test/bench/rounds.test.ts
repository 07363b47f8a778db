import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  byPlace,
  intervalOfMedian,
  isLook,
  isNarrow,
  median,
  ratioTo,
  type Round,
} from '../../bench/rounds.ts';

const near = [60, 62] as const;
const far = [150, 160] as const;

/** Rounds in which a rival always takes 100 ms. */
function roundsOf(ours: readonly number[], coresNs: readonly [number, number] = near): Round[] {
  return ours.map((ms) => ({ms: [ms, 100], coresNs}));
}

test('rounds of cores that share a cache are apart from those of cores that do not', () => {
  const rounds = [...roundsOf([1, 2]), ...roundsOf([3], far), ...roundsOf([4], [60, 150])];
  const places = byPlace(rounds);
  assert.deepEqual([...places.keys()], ['near', 'far']);
  assert.deepEqual(
    places.get('near')!.map(({ms}) => ms[0]),
    [1, 2],
  );
  assert.equal(places.get('far')!.length, 1, 'the round in which the cores moved counts for none');
});

test('rounds without a distance of cores belong together', () => {
  assert.deepEqual([...byPlace([{ms: [1, 2]}, {ms: [3, 4]}]).keys()], ['unknown']);
});

test('an interval leaves out as many numbers at both ends as the binomial distribution allows', () => {
  assert.deepEqual(intervalOfMedian([5, 1, 4, 2, 3]), [1, 5]);
  // Of 25 fair coins, 8 to 17 show heads with 95.7 % probability.
  const numbers = Array.from({length: 25}, (_, i) => i + 1);
  assert.deepEqual(intervalOfMedian(numbers), [8, 18]);
  // 2·(1 + 8) / 2⁸ = 7 % are too many for the second of eight, 2·(1 + 16 + 120 + 560) / 2¹⁶ = 2.1 % for the fourth of 16 are not.
  assert.deepEqual(intervalOfMedian(numbers.slice(0, 8)), [1, 8]);
  assert.deepEqual(intervalOfMedian(numbers.slice(0, 16)), [4, 13]);
});

test('a ratio is the median of the ratios, not the ratio of the medians', () => {
  const rounds = [{ms: [1, 2]}, {ms: [9, 9]}, {ms: [8, 4]}];
  assert.equal(median(rounds.map(({ms}) => ms[0]!)) / median(rounds.map(({ms}) => ms[1]!)), 2);
  assert.deepEqual(ratioTo(1, rounds), {median: 1, low: 0.5, high: 2});
});

test('ratios are known well once the interval of each is narrow', () => {
  const steady = roundsOf([70, 71, 70, 72, 71, 70]);
  assert.ok(isNarrow(steady));
  assert.ok(!isNarrow(steady.slice(1)), 'five rounds are too few');
  assert.ok(!isNarrow(roundsOf([70, 71, 60, 72, 80, 70])));
  const slowRival = steady.map(({ms}, i) => ({ms: [...ms, 50 + 10 * i]}));
  assert.ok(!isNarrow(slowRival), 'the ratio to the second rival is not known');
});

test('a comparison looks at its intervals after 8, 16, 32 rounds and so on', () => {
  const looks = Array.from({length: 70}, (_, count) => count).filter(isLook);
  assert.deepEqual(looks, [8, 16, 32, 64]);
});
