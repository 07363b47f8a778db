import {CorruptFile} from './file-fault.ts';
import type {Tensor} from './tensor.ts';

/** Counts the infinite or NaN numbers of a tensor or a column, which is passed in order, piece by piece. */
export class StrayCounter {
  #count = 0;
  #first = 0;
  #total = 0;

  add(numbers: Float32Array | Float64Array): void {
    if (!areFinite(numbers)) {
      for (const [i, number] of numbers.entries()) {
        if (Number.isFinite(number)) continue;
        if (this.#count === 0) this.#first = this.#total + i;
        this.#count++;
      }
    }
    this.#total += numbers.length;
  }

  /** Notes that `count` finite numbers follow. */
  skip(count: number): void {
    this.#total += count;
  }

  /**
   * The finding, as the end of a sentence; `undefined` if all numbers are finite. The position of the first is counted
   * from 0.
   *
   * @param place where the numbers are, such as "the tensor `images`"
   */
  fault(place: string): string | undefined {
    if (this.#count === 0) return undefined;
    const what = this.#count === 1 ? 'number that is' : 'numbers that are';
    const first = `${this.#count === 1 ? 'element' : 'the first is element'} ${this.#first}`;
    return `has ${this.#count} ${what} not finite in ${place} (${first} of ${this.#total})`;
  }
}

/**
 * Refuses numbers read from a file if any of them is infinite or NaN.
 *
 * @param place as for `StrayCounter.fault`
 * @throws CorruptFile
 */
export function assertFinite(numbers: Tensor['data'], file: string, place: string): void {
  // Whole numbers are always finite.
  if (!(numbers instanceof Float32Array || numbers instanceof Float64Array)) return;
  const strays = new StrayCounter();
  strays.add(numbers);
  const fault = strays.fault(place);
  if (fault !== undefined) throw new CorruptFile(file, `it ${fault}`);
}

/** A plain loop, since `every` takes seven times as long. */
function areFinite(numbers: Float32Array | Float64Array): boolean {
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isFinite(numbers[i])) return false;
  }
  return true;
}
