/** The address of the tensor at this index of the table of addresses. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function tensor(slot: i32, slots: usize): usize {
  return load<usize>(slots + (<usize>slot << 2));
}

/** The start of a thread's part of `count`. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function partOf(count: i32, thread: i32, threads: i32): i32 {
  return <i32>((<i64>count * <i64>thread) / <i64>threads);
}

/** a·b + c, rounded once where the build allows it. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
