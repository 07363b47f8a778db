/** A float64 array in shared memory. */
export function sharedDoubles(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

/** A float32 array in shared memory. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** A copy in shared memory. */
export function shared<T extends Uint8Array | Float32Array | Float64Array>(values: T): T {
  const kind = values.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new kind(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
