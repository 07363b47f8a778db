import {randomBytes} from 'node:crypto';

/** A name for a run that sorts by time, to the millisecond, and is unique. */
export function runName(now: Date): string {
  const time = now.toISOString().slice(0, 23).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${time}-${randomBytes(3).toString('hex')}`;
}

/** Whether a text is such a name. */
export function isRunName(text: string): boolean {
  return /^\d{8}-\d{6}\.\d{3}-[0-9a-f]{6}$/.test(text);
}
