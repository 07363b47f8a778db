const unitMs = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000} as const;

/** The longest time that a timer can count, in whole days. */
export const longestMs = 24 * 86_400_000;

/** Milliseconds of `90s`, `1.5h`, …; `undefined`: it is not a time above 0. */
export function parseTime(text: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(typeof text === 'string' ? text : '');
  if (match === null) return undefined;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms > 0 ? ms : undefined;
}

/** The time that was probably meant: `2h` for `2 hours`, `90s` for 90. */
export function nearestTime(written: unknown): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(
    typeof written === 'number'
      ? String(written)
      : typeof written === 'string'
        ? written.trim()
        : '',
  );
  if (match === null) return undefined;
  const [, amount, unit] = match as unknown as readonly [string, string, string];
  const word = unit === '' ? 'seconds' : unit.toLowerCase();
  const name = ['seconds', 'minutes', 'hours', 'days'].find(
    (whole) => whole.startsWith(word) || `${whole.slice(0, 1)}rs` === word,
  );
  const time = name && `${amount}${name.charAt(0)}`;
  return parseTime(time) === undefined ? undefined : time;
}

/** Milliseconds as they are written: `90s`, `1.5h`, `2d`. */
export function showTime(ms: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => ms >= unitMs[name]) ?? 's';
  return `${Number((ms / unitMs[unit]).toPrecision(4))}${unit}`;
}
