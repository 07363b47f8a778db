import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  canBeMatched,
  chooseStepSize,
  driftOf,
  median,
  rateStartEpochs,
  startBound,
  type Attempt,
} from '../../../../src/learning/distillation/probing/choices.ts';
import {Random} from '../../../../src/learning/random.ts';

/** Students on a line from the expert's start, at an angle of the given cosine: their reach is 50 α. */
function attempts(cosine: number, starts: readonly number[] = [0]): readonly Attempt[] {
  return starts.flatMap((startEpoch) =>
    [1e-3, 1e-2, 1e-1].map((stepSize) => {
      // Experts slow down, so the same step reaches farther.
      const reach = 50 * stepSize * (1 + startEpoch);
      const loss = 1 - 2 * reach * cosine + reach ** 2;
      return {trajectory: 0, startEpoch, stepSize, loss, reach, drift: 2};
    }),
  );
}

test('the drift of a path is its length in epochs if straight, 1 if it is a random walk, 0 if it returns', () => {
  const random = new Random(1, 'walk');
  const step = (): Float32Array => Float32Array.from({length: 10_000}, () => random.normal());
  const along = (steps: readonly Float32Array[]): readonly Float32Array[] =>
    steps.reduce<Float32Array[]>(
      (path, next) => [...path, path.at(-1)!.map((value, i) => value + next[i]!)],
      [new Float32Array(10_000)],
    );
  const [a, b, c] = [step(), step(), step()];
  const near = (path: readonly Float32Array[], expected: number): void =>
    assert.ok(Math.abs(driftOf(path) - expected) < 0.05, `${driftOf(path)}, not ${expected}`);
  near(along([a, a, a]), 3);
  near(along([a, b, c]), 1);
  near(along([a, a.map((value) => -value)]), 0);
  assert.equal(driftOf(along([a])), 1);
});

test('the step size is the one with which students go as far as experts, however bad the images still are', () => {
  assert.equal(chooseStepSize(attempts(1)), 1e-2); // Reach 0.5: 0.05 and 5 are farther from 1.
  assert.equal(chooseStepSize(attempts(0.05)), 1e-2); // The lowest loss has 1e-3.
  const diverged = attempts(1).map((attempt) =>
    attempt.stepSize < 1e-1 ? attempt : {...attempt, loss: Infinity, reach: Infinity},
  );
  assert.equal(chooseStepSize(diverged), 1e-2);
});

test('only start epochs from 0 on decide about the step size', () => {
  const [ofLater] = [attempts(1, [0, 20]).filter(({startEpoch}) => startEpoch > 0)];
  assert.equal(chooseStepSize([...attempts(1), ...ofLater, ...ofLater]), 1e-2);
});

test('start epochs are rated by medians over trajectories', () => {
  const of = {startEpoch: 2, stepSize: 0.1};
  const [rating] = rateStartEpochs(
    [
      {...of, trajectory: 0, loss: 3, reach: 1, drift: 5},
      {...of, trajectory: 1, loss: 1, reach: 9, drift: 4},
      {...of, trajectory: 2, loss: 2, reach: 2, drift: 6},
      {...of, trajectory: 0, stepSize: 1, loss: 0, reach: 0, drift: 0},
    ],
    0.1,
  );
  assert.deepEqual(rating, {startEpoch: 2, loss: 2, reach: 2, drift: 5});
});

test('the bound is after the last usable epoch that was tried, and never 0', () => {
  const ratings = rateStartEpochs(attempts(1, [0, 2, 5, 9]), 1e-2); // Reaches 0.5, 1.5, 3 and 5.
  assert.equal(startBound(ratings, canBeMatched), 3);
  assert.equal(
    startBound(ratings, () => true),
    10,
  );
  assert.equal(
    startBound(ratings, () => false),
    1,
  );
  // What comes after the first unusable one does not count.
  assert.equal(
    startBound(ratings, ({startEpoch}) => startEpoch !== 2),
    1,
  );
});

test('an expert that only shakes is not to be matched', () => {
  const of = {startEpoch: 3, loss: 0.5, reach: 1};
  assert.equal(canBeMatched({...of, drift: 0.9}), false);
  assert.equal(canBeMatched({...of, drift: 1.1}), true);
  assert.equal(canBeMatched({...of, drift: NaN}), false);
});

test('a median takes infinities as numbers', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([Infinity, 1, Infinity]), Infinity);
  assert.equal(median([Infinity, 1, 2]), 2);
});
