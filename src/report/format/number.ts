/** A number for display, with four digits unless it is a small whole one: `12`, `0.1235`, `1.2e-7`, `NaN`. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const text = value.toPrecision(4);
  if (!Number.isFinite(value)) return text;
  const [digits = '', exponent] = text.split('e');
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return exponent === undefined ? short : `${short}e${Number(exponent)}`;
}

/** A whole number with separators of thousands: `54,880,000`. */
export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}
