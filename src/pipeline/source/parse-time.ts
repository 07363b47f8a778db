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
