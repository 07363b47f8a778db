/** Numbers as files hold them. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;

/** The same as doubles: whole numbers of 64 bits are rounded. One kind of array is what loops over many are fast on. */
export function doublesOf(numbers: Numbers): Float64Array {
  if (numbers instanceof Float64Array) return numbers;
  return areBig(numbers) ? Float64Array.from(numbers, Number) : new Float64Array(numbers);
}

/** Whether they are whole numbers of 64 bits. */
export function areBig(numbers: Numbers): numbers is ArrayLike<bigint> {
  return typeof numbers[0] === 'bigint';
}
