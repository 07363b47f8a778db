/**
 * Loaded before a program (`node --import`): its clock is set forwards and back while it runs. What follows `?` in the
 * address is a list of `[after, by]`: milliseconds since the start, and by how many milliseconds the clock is wrong from
 * then on; an empty list stands for a clock that jumps by ten years each time it is asked.
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
