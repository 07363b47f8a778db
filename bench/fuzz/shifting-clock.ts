/**
 * Loaded before a program (`node --import`): sets its clock forwards and back while it runs. After `?` in the address
 * comes a list of `[after, by]`: milliseconds since the start, and the error of the clock from then on, in
 * milliseconds. With an empty list the clock jumps by ten years each time it is read.
 */
const schedule = JSON.parse(
  decodeURIComponent(new URL(import.meta.url).search.slice(1)),
) as readonly (readonly [number, number])[];
const real = Date;
const decadeMs = 10 * 365.25 * 24 * 3_600_000;
let asked = 0;

function shiftMs(): number {
  if (schedule.length === 0) return [0, decadeMs, -decadeMs][asked++ % 3]!;
  return schedule.findLast(([after]) => performance.now() >= after)?.[1] ?? 0;
}

class ShiftingDate extends real {
  constructor(...values: readonly unknown[]) {
    super(...((values.length === 0 ? [real.now() + shiftMs()] : values) as [number]));
  }

  static override now(): number {
    return real.now() + shiftMs();
  }
}

globalThis.Date = ShiftingDate as DateConstructor;
