/** The shortest decimal that is read as the same float32, with a point or an exponent in it. Only of finite numbers. */
export function floatText(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) throw new RangeError(`No text for ${value}`);
  if (Object.is(single, -0)) return '-0.0';
  const text = String(shortest(single));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

const largest = 2 ** 128 - 2 ** 104;

/** The double whose decimal is shortest among those that round to a float32 and are not beyond the largest. */
function shortest(single: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const candidate = Number(single.toPrecision(digits));
    if (Math.fround(candidate) === single && Math.abs(candidate) <= largest) return candidate;
  }
  return single;
}

export function integerText(value: number, type: 'u32' | 'i32', suffix: string): string {
  const isInRange = type === 'u32' ? value >>> 0 === value : (value | 0) === value;
  if (!isInRange) throw new RangeError(`${value} is no ${type}`);
  // Both languages read a minus as an operator, and 2147483648 does not fit.
  if (value === -(2 ** 31)) return `-2147483647${suffix} - 1${suffix}`;
  return `${value}${suffix}`;
}

/** The bits of a number that is not finite, which neither language has a literal for that all compilers take. */
export function bitsText(value: number): string {
  if (Number.isNaN(value)) return '0x7fc00000u';
  return value > 0 ? '0x7f800000u' : '0xff800000u';
}
