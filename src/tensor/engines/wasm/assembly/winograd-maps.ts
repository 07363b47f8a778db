/**
 * Winograd's maps along one axis, for tiles of 4 and of 2, each for a run of channels. Inputs are at the given
 * addresses or `step` bytes apart, results `toStep` bytes apart; `count` bytes are processed at each.
 */

/** Bytes of channels that are transformed at a time: a tile of them is 18 kB. */
export const maxRun: usize = 512;

// @ts-ignore: a decorator of AssemblyScript
@inline
function times(x: v128, factor: f32): v128 {
  return f32x4.mul(x, f32x4.splat(factor));
}

/** Bᵀ x: `size + 2` numbers → as many. */
export function mapInput(
  size: i32,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  p4: usize,
  p5: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const q1 = to + toStep;
  const q2 = q1 + toStep;
  const q3 = q2 + toStep;
  const q4 = q3 + toStep;
  const q5 = q4 + toStep;
  if (size == 2) {
    for (let c: usize = 0; c < count; c += 16) {
      const x1 = v128.load(p1 + c);
      const x2 = v128.load(p2 + c);
      v128.store(to + c, f32x4.sub(v128.load(p0 + c), x2));
      v128.store(q1 + c, f32x4.add(x1, x2));
      v128.store(q2 + c, f32x4.sub(x2, x1));
      v128.store(q3 + c, f32x4.sub(x1, v128.load(p3 + c)));
    }
    return;
  }
  for (let c: usize = 0; c < count; c += 16) {
    const x1 = v128.load(p1 + c);
    const x2 = v128.load(p2 + c);
    const x3 = v128.load(p3 + c);
    const x4 = v128.load(p4 + c);
    const even = f32x4.sub(x4, times(x2, 4));
    const odd = f32x4.sub(x3, times(x1, 4));
    v128.store(q1 + c, f32x4.add(even, odd));
    v128.store(q2 + c, f32x4.sub(even, odd));
    const far = f32x4.sub(x4, x2);
    const wide = times(f32x4.sub(x3, x1), 2);
    v128.store(q3 + c, f32x4.add(far, wide));
    v128.store(q4 + c, f32x4.sub(far, wide));
    v128.store(to + c, f32x4.add(times(v128.load(p0 + c), 4), f32x4.sub(x4, times(x2, 5))));
    v128.store(q5 + c, f32x4.add(times(x1, 4), f32x4.sub(v128.load(p5 + c), times(x3, 5))));
  }
}

/** Aᵀ m: `size + 2` numbers → `size`. */
export function mapOutput(
  size: i32,
  from: usize,
  step: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const p1 = from + step;
  const p2 = p1 + step;
  const p3 = p2 + step;
  const q1 = to + toStep;
  if (size == 2) {
    for (let c: usize = 0; c < count; c += 16) {
      const m1 = v128.load(p1 + c);
      const m2 = v128.load(p2 + c);
      v128.store(to + c, f32x4.add(v128.load(from + c), f32x4.add(m1, m2)));
      v128.store(q1 + c, f32x4.sub(f32x4.sub(m1, m2), v128.load(p3 + c)));
    }
    return;
  }
  const p4 = p3 + step;
  const p5 = p4 + step;
  const q2 = q1 + toStep;
  const q3 = q2 + toStep;
  for (let c: usize = 0; c < count; c += 16) {
    const m1 = v128.load(p1 + c);
    const m2 = v128.load(p2 + c);
    const m3 = v128.load(p3 + c);
    const m4 = v128.load(p4 + c);
    const near = f32x4.add(m1, m2);
    const nearOdd = f32x4.sub(m1, m2);
    const far = f32x4.add(m3, m4);
    const farOdd = f32x4.sub(m3, m4);
    v128.store(to + c, f32x4.add(v128.load(from + c), f32x4.add(near, far)));
    v128.store(q1 + c, f32x4.add(nearOdd, times(farOdd, 2)));
    v128.store(q2 + c, f32x4.add(near, times(far, 4)));
    v128.store(q3 + c, f32x4.add(v128.load(p5 + c), f32x4.add(nearOdd, times(farOdd, 8))));
  }
}

/** A y: `size` numbers → `size + 2`. */
export function mapOutputTranspose(
  size: i32,
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const q1 = to + toStep;
  const q2 = q1 + toStep;
  const q3 = q2 + toStep;
  const q4 = q3 + toStep;
  const q5 = q4 + toStep;
  if (size == 2) {
    for (let c: usize = 0; c < count; c += 16) {
      const y0 = v128.load(p0 + c);
      const y1 = v128.load(p1 + c);
      v128.store(to + c, y0);
      v128.store(q1 + c, f32x4.add(y0, y1));
      v128.store(q2 + c, f32x4.sub(y0, y1));
      v128.store(q3 + c, f32x4.neg(y1));
    }
    return;
  }
  for (let c: usize = 0; c < count; c += 16) {
    const y0 = v128.load(p0 + c);
    const y1 = v128.load(p1 + c);
    const y2 = v128.load(p2 + c);
    const y3 = v128.load(p3 + c);
    const near = f32x4.add(y0, y2);
    const nearOdd = f32x4.add(y1, y3);
    v128.store(to + c, y0);
    v128.store(q1 + c, f32x4.add(near, nearOdd));
    v128.store(q2 + c, f32x4.sub(near, nearOdd));
    const far = f32x4.add(y0, times(y2, 4));
    const farOdd = f32x4.add(times(y1, 2), times(y3, 8));
    v128.store(q3 + c, f32x4.add(far, farOdd));
    v128.store(q4 + c, f32x4.sub(far, farOdd));
    v128.store(q5 + c, y3);
  }
}

/** G g: three numbers → `size + 2`. */
export function mapFilter(
  size: i32,
  from: usize,
  step: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const p1 = from + step;
  const p2 = p1 + step;
  const q1 = to + toStep;
  const q2 = q1 + toStep;
  const q3 = q2 + toStep;
  if (size == 2) {
    for (let c: usize = 0; c < count; c += 16) {
      const g0 = v128.load(from + c);
      const g2 = v128.load(p2 + c);
      const even = times(f32x4.add(g0, g2), 0.5);
      const odd = times(v128.load(p1 + c), 0.5);
      v128.store(to + c, g0);
      v128.store(q1 + c, f32x4.add(even, odd));
      v128.store(q2 + c, f32x4.sub(even, odd));
      v128.store(q3 + c, g2);
    }
    return;
  }
  const q4 = q3 + toStep;
  const q5 = q4 + toStep;
  for (let c: usize = 0; c < count; c += 16) {
    const g0 = v128.load(from + c);
    const g1 = v128.load(p1 + c);
    const g2 = v128.load(p2 + c);
    const near = times(f32x4.add(g0, g2), -1.0 / 6);
    const nearOdd = times(g1, 1.0 / 6);
    const far = f32x4.add(times(g0, 1.0 / 24), times(g2, 1.0 / 6));
    const farOdd = times(g1, 1.0 / 12);
    v128.store(to + c, times(g0, 0.25));
    v128.store(q1 + c, f32x4.sub(near, nearOdd));
    v128.store(q2 + c, f32x4.add(near, nearOdd));
    v128.store(q3 + c, f32x4.add(far, farOdd));
    v128.store(q4 + c, f32x4.sub(far, farOdd));
    v128.store(q5 + c, g2);
  }
}

/** Gᵀ u: `size + 2` numbers → three. */
export function mapFilterTranspose(
  size: i32,
  from: usize,
  step: usize,
  to: usize,
  toStep: usize,
  count: usize,
): void {
  const p1 = from + step;
  const p2 = p1 + step;
  const p3 = p2 + step;
  const q1 = to + toStep;
  const q2 = q1 + toStep;
  if (size == 2) {
    for (let c: usize = 0; c < count; c += 16) {
      const u1 = v128.load(p1 + c);
      const u2 = v128.load(p2 + c);
      const even = times(f32x4.add(u1, u2), 0.5);
      v128.store(to + c, f32x4.add(v128.load(from + c), even));
      v128.store(q1 + c, times(f32x4.sub(u1, u2), 0.5));
      v128.store(q2 + c, f32x4.add(even, v128.load(p3 + c)));
    }
    return;
  }
  const p4 = p3 + step;
  const p5 = p4 + step;
  for (let c: usize = 0; c < count; c += 16) {
    const u1 = v128.load(p1 + c);
    const u2 = v128.load(p2 + c);
    const u3 = v128.load(p3 + c);
    const u4 = v128.load(p4 + c);
    const near = times(f32x4.add(u1, u2), -1.0 / 6);
    const far = f32x4.add(u3, u4);
    const first = f32x4.add(near, times(far, 1.0 / 24));
    v128.store(to + c, f32x4.add(times(v128.load(from + c), 0.25), first));
    const odd = times(f32x4.sub(u2, u1), 1.0 / 6);
    v128.store(q1 + c, f32x4.add(odd, times(f32x4.sub(u3, u4), 1.0 / 12)));
    const last = f32x4.add(near, times(far, 1.0 / 6));
    v128.store(q2 + c, f32x4.add(v128.load(p5 + c), last));
  }
}
