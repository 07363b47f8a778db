/**
 * The IEEE 754 half-precision numbers nearest to `values` (ties to even), as bits.
 * Beyond ±65504 they become infinite; NaN stays NaN.
 */
export function halfFromFloat(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) halves[i] = roundToHalf(bits[i]!);
  return halves;
}

/** The values of half-precision bits, each exactly a float32. */
export function floatFromHalf(halves: Uint16Array): Float32Array {
  // A table of all 65,536 values, built once: a look-up takes a tenth of the time of a computation.
  valuesOfHalves ??= Float32Array.from({length: 0x10000}, (_, half) => valueOfHalf(half));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = valuesOfHalves[halves[i]!]!;
  return floats;
}

let valuesOfHalves: Float32Array | undefined;

function valueOfHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bfloat16 numbers nearest to `values` (ties to even), as bits: the upper half of a float32's. NaN stays NaN. */
export function brainFromFloat(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const brains = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) brains[i] = roundToBrain(bits[i]!);
  return brains;
}

/** The values of bfloat16 bits, each exactly a float32. */
export function floatFromBrain(brains: Uint16Array): Float32Array {
  const bits = new Uint32Array(brains.length);
  for (let i = 0; i < brains.length; i++) bits[i] = brains[i]! << 16;
  return new Float32Array(bits.buffer);
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function roundToBrain(float: number): number {
  if ((float & 0x7fffffff) > 0x7f800000) return (float >>> 16) | 0x40;
  // Adds half a unit less one, and one more if the last bit kept is odd. A carry may reach infinity, which is correct.
  return (float + 0x7fff + ((float >>> 16) & 1)) >>> 16;
}

function roundToHalf(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const magnitude = float & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2^16 and above
  if (magnitude >= 0x38800000) {
    // Normal halves. A carry out of the fraction raises the exponent, up to infinity, which is correct.
    return sign | shiftRounding(magnitude - 0x38000000, 13);
  }
  // Subnormal halves are multiples of 2^-24; numbers below half of that become zero.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  return sign | shiftRounding((magnitude & 0x7fffff) | 0x800000, shift);
}

/** `value / 2^shift`, rounded to nearest, ties to even. */
function shiftRounding(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (quotient & 1) === 1) ? quotient + 1 : quotient;
}
