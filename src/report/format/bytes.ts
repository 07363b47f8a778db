/** An amount of bytes for display: `999 B`, `1.5 kB`, `20 MB`, `3.4 GB`. Units are powers of a thousand. */
export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 999.5 && unit < byteUnits.length - 1) {
    amount /= 1000;
    unit++;
  }
  const shown = unit > 0 && amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount));
  return `${shown} ${byteUnits[unit]}`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** An age for display, in its largest unit: `just now`, `5 min`, `3 h`, `41 days`. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** Parses an amount such as `100GB`, `1.5 TB` or `0`, in bytes; `undefined`: it is invalid or lacks a unit. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB|PB)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [amount, unit] = [Number(match[1]), match[2]?.toLowerCase()];
  // A user who leaves the unit out means gigabytes rather than bytes.
  if (unit === undefined) return amount === 0 ? 0 : undefined;
  return amount * 1000 ** byteUnits.findIndex((name) => name.toLowerCase() === unit);
}

/** Parses an age such as `30d`, `12h`, `2w` or `0`, in milliseconds; `undefined`: it is invalid. */
export function parseAge(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([smhdw]?)$/.exec(text.trim());
  if (match === null) return undefined;
  const [amount, unit] = [Number(match[1]), match[2] ?? ''];
  if (unit === '') return amount === 0 ? 0 : undefined;
  return amount * unitMs[unit as keyof typeof unitMs];
}

const unitMs = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000} as const;
