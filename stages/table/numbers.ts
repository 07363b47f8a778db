/** Stands for a missing value. */
export const missing = '–';

/** A fraction in percent. */
export function percent(fraction: number, digits = 1): string {
  const text = (100 * fraction).toFixed(digits);
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '−');
}

/** A difference of fractions in percentage points, with its sign. */
export function signed(fraction: number): string {
  const text = percent(Math.abs(fraction));
  if (text === '0.0') return text;
  return `${fraction < 0 ? '−' : '+'}${text}`;
}
