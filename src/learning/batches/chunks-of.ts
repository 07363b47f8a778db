/** Cuts an order of images into batches; the last may be shorter. */
export function chunksOf(order: Int32Array, size: number): readonly Int32Array[] {
  const count = Math.ceil(order.length / size);
  return Array.from({length: count}, (_, i) => order.subarray(i * size, (i + 1) * size));
}
