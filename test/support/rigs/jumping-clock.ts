/** Loaded before a program (`node --import`): its clock jumps back and forth by more than a year at each reading. */
const dayMs = 24 * 3_600_000;
const jumps = [0, 400 * dayMs, -400 * dayMs];
const real = Date;
let asked = 0;

const jumped = (): number => real.now() + jumps[asked++ % jumps.length]!;

class JumpingDate extends real {
  constructor(...values: readonly unknown[]) {
    super(...((values.length === 0 ? [jumped()] : values) as [number]));
  }

  static override now(): number {
    return jumped();
  }
}

globalThis.Date = JumpingDate as DateConstructor;
