/** A size for people, in powers of a thousand: `1.5 GB`. */
export function formatBytes(bytes: number): string {
  const power = Math.floor(Math.log10(Math.max(1, bytes)) / 3);
  const unit = Math.min(units.length - 1, power);
  return `${Number((bytes / 1000 ** unit).toFixed(1))} ${units[unit]!}`;
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
