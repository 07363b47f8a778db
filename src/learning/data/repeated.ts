type Numbers = Float32Array | Int32Array;

/** The same numbers over and over, up to a length. */
export function repeated<T extends Numbers>(values: T, length: number): T {
  if (values.length === length) return values;
  const all = new (values.constructor as new (size: number) => T)(length);
  for (let at = 0; at < length; at += values.length) all.set(values, at);
  return all;
}

/** Whether numbers are their first ones over and over. */
export function isRepeated(values: Numbers, first: number): boolean {
  return values.every((value, i) => Object.is(value, values[i % first]));
}

/** Arrays one after the other, of which there must be one; a single one is not copied. */
export function joinedNumbers<T extends Numbers>(parts: readonly T[]): T {
  const [first, ...others] = parts;
  if (others.length === 0) return first!;
  const whole = new (first!.constructor as new (length: number) => T)(
    parts.reduce((sum, {length}) => sum + length, 0),
  );
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
