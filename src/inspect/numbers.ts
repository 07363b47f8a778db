/** Numbers as files store them. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;

/** The numbers as doubles; 64-bit whole numbers are rounded. Loops are fast if they see only one type of array. */
export function doublesOf(numbers: Numbers): Float64Array {
  if (numbers instanceof Float64Array) return numbers;
  return areBig(numbers) ? Float64Array.from(numbers, Number) : new Float64Array(numbers);
}

/** Whether they are 64-bit whole numbers. */
export function areBig(numbers: Numbers): numbers is ArrayLike<bigint> {
  return typeof numbers[0] === 'bigint';
}
