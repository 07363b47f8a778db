/**
 * A duration for display: `40 ms`, `2.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `1,204 h`. Negative durations, from a
 * clock that was set back, count as 0.
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
  // From a hundred hours on, minutes do not matter.
  if (minutes >= 6000) return `${Math.round(minutes / 60).toLocaleString('en')} h`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A limit, usually a round number: `30 s`, `5 min`, `1 h 30 min`. */
export function formatLimit(limitMs: number): string {
  return formatDuration(limitMs).replace(/\.0(?= s$)| 0 (?:s|min)$/, '');
}

/** A running duration in whole seconds, so that it changes only once a second: `0 s`, `12 s`, `3 min 20 s`. */
export function formatSeconds(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : formatDuration(1000 * seconds);
}

/** A duration rounded to its largest unit: `12 s`, `about 3 min`, `about 2.5 h`, `about 3 days`. */
export function formatRoughly(durationMs: number): string {
  const minutes = durationMs / 60_000;
  if (minutes < 1) return `${Math.round(durationMs / 1000)} s`;
  if (minutes < 59.5) return `about ${Math.round(minutes)} min`;
  const hours = minutes / 60;
  if (hours < 47.5) return `about ${hours.toFixed(1).replace('.0', '')} h`;
  return `about ${Math.round(hours / 24)} days`;
}
