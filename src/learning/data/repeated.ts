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
