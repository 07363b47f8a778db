/**
 * A duration for display: `40 ms`, `2.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `6 days 3 h`, `22 months`, `3 years`. Negative durations,
 * from a clock that was set back, count as 0.
 */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return '0 ms';
  if (durationMs < 950) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 2 * 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  // From ten days on, hours do not matter.
  return hours < 240 ? `${Math.floor(hours / 24)} days ${hours % 24} h` : formatDays(hours);
}

/** A limit, usually a round number: `30 s`, `5 min`, `1 h 30 min`. */
export function formatLimit(limitMs: number): string {
  return formatDuration(limitMs).replace(/\.0(?= s$)| 0 (?:s|min|h)$/, '');
}

/** A running duration in whole seconds, so that it changes only once a second: `0 s`, `12 s`, `3 min 20 s`. */
export function formatSeconds(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : formatDuration(1000 * seconds);
}

/** A duration rounded to its largest unit: `12 s`, `about 3 min`, `about 2.5 h`, `about 3 days`, `about 22 months`. */
export function formatRoughly(durationMs: number): string {
  if (durationMs < 59_500) return `${Math.round(durationMs / 1000)} s`;
  return `about ${formatLargest(durationMs)}`;
}

/** A duration in its largest unit, without `about`: `400 ms`, `2.4 s`, `12 s`, `3 min`, `2.5 h`, `3 days`, `22 months`. */
export function formatLargest(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 59.5) return formatDuration(durationMs);
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  if (hours < 47.5) return `${toTenths(hours)} h`;
  return formatDays(hours);
}

/** Days in an average month and year. */
const monthDays = 365.25 / 12;
const yearDays = 365.25;

/** In days, months from two of them on, or years from three of them on; to a tenth if they are few. */
function formatDays(hours: number): string {
  const days = hours / 24;
  if (days < 2 * monthDays) return `${toTenths(days)} days`;
  if (days < 3 * yearDays) return `${toTenths(days / monthDays)} months`;
  return `${toTenths(days / yearDays)} years`;
}

function toTenths(amount: number): string {
  if (amount < 9.95) return amount.toFixed(1).replace('.0', '');
  return Math.round(amount).toLocaleString('en');
}
