/** Whether a column has shares of the whole, which are shown in percent. */
export function isShare(title: string): boolean {
  return title.endsWith('accuracy');
}

/** A number of a column. */
export function valueText(value: number, column: string): string {
  return isShare(column) ? percentText(value) : numberText(value);
}

/** A difference between two numbers of a column, with its sign; of shares in percentage points. */
export function differenceText(difference: number, column: string): string {
  const size = Math.abs(difference);
  const text = isShare(column) ? String(Number((100 * size).toFixed(2))) : numberText(size);
  if (Number(text) === 0) return '±0';
  return (difference > 0 ? '+' : '−') + text;
}

/** A number with four digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return String(Number(value.toPrecision(4)));
}

/** A share of 1, as a percentage with up to two decimals. */
export function percentText(value: number): string {
  return Number.isFinite(value) ? `${Number((100 * value).toFixed(2))} %` : String(value);
}
