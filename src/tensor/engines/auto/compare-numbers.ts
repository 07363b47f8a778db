import type {Tried} from './try-engine.ts';

/** The largest difference that rounding can make, as a part of the largest number. */
const tolerance = 1e-3;

/** Says how numbers differ from the expected ones by more than rounding; `undefined`: they do not. */
export function wrongNumbers(
  found: Tried['numbers'],
  expected: Tried['numbers'],
): string | undefined {
  for (const name of ['loss', 'gradient'] as const) {
    const difference = relativeDifference(found[name], expected[name]);
    // A comparison with NaN is false.
    if (!(difference <= tolerance)) {
      return Number.isFinite(difference)
        ? `the ${name} of a small network is wrong by ${(100 * difference).toPrecision(2)}%`
        : `the ${name} of a small network has no finite value`;
    }
  }
  return undefined;
}

function relativeDifference(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Number.NaN;
  let [largest, worst] = [0, 0];
  expected.forEach((number, i) => {
    largest = Math.max(largest, Math.abs(number));
    const difference = Math.abs(found[i]! - number);
    // `Math.max` gives NaN if there is one.
    worst = Math.max(worst, difference);
  });
  return worst / largest;
}
