/** Bytes of the units of memory, which Slurm and the makers of memory count in powers of 1024. */
const unitBytes = {M: 2 ** 20, G: 2 ** 30, T: 2 ** 40} as const;

/** The pattern of amounts of memory. */
export const memoryPattern = '^[0-9]+(\\.[0-9]+)?[MGT]$';

/** Bytes of `512M`, `16G`, `1.5T`; `undefined`: it is not an amount above 0. */
export function parseMemory(text: unknown): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([MGT])$/.exec(typeof text === 'string' ? text : '');
  if (match === null) return undefined;
  const bytes = Math.round(Number(match[1]) * unitBytes[match[2] as keyof typeof unitBytes]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The amount that was probably meant: `16G` for `16 GB`, `16gib` and 16. */
export function nearestMemory(written: unknown): string | undefined {
  const text = typeof written === 'number' ? String(written) : written;
  const match = /^(\d+(?:\.\d+)?)\s*([MGT]?)(?:i?B)?$/i.exec(
    typeof text === 'string' ? text.trim() : '',
  );
  if (match === null) return undefined;
  const memory = `${match[1]}${match[2] === '' ? 'G' : match[2]!.toUpperCase()}`;
  return parseMemory(memory) === undefined ? undefined : memory;
}

/** Bytes as they are written: `16G`, `1.5G`, `512M`. */
export function showMemory(bytes: number): string {
  const unit = (['T', 'G'] as const).find((name) => bytes >= unitBytes[name]) ?? 'M';
  return `${Number((bytes / unitBytes[unit]).toPrecision(4))}${unit}`;
}
