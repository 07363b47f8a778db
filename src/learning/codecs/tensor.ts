import {floatFromHalf, halfFromFloat} from './half.ts';

/** How a stored tensor's elements are written, in the words of the safetensors format. */
export type Dtype = 'F32' | 'F16' | 'F64' | 'I32' | 'I64' | 'U8';

/** A tensor as files hold it: row-major. F16 is float32 in memory and is rounded when written. */
export type Tensor =
  | {readonly dtype: 'F32' | 'F16'; readonly shape: readonly number[]; readonly data: Float32Array}
  | {readonly dtype: 'F64'; readonly shape: readonly number[]; readonly data: Float64Array}
  | {readonly dtype: 'I32'; readonly shape: readonly number[]; readonly data: Int32Array}
  | {readonly dtype: 'I64'; readonly shape: readonly number[]; readonly data: BigInt64Array}
  | {readonly dtype: 'U8'; readonly shape: readonly number[]; readonly data: Uint8Array};

/** Bytes an element takes in a file. */
export const bytesPerElement: Readonly<Record<Dtype, number>> = {
  F32: 4,
  F16: 2,
  F64: 8,
  I32: 4,
  I64: 8,
  U8: 1,
};

/** The number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A tensor of float32 numbers. */
export function float32Tensor(data: Float32Array, shape: readonly number[]): Tensor {
  return {dtype: 'F32', shape, data};
}

/** The little-endian bytes that stand for elements in a file. Shares their memory except for F16. */
export function bytesOfElements({dtype, data}: Pick<Tensor, 'dtype' | 'data'>): Uint8Array {
  const stored = dtype === 'F16' ? halfFromFloat(data as Float32Array) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** The elements that little-endian bytes stand for. Shares their memory except for F16. */
export function elementsOfBuffer(dtype: Dtype, buffer: ArrayBuffer): Tensor['data'] {
  return elementsOf[dtype](buffer);
}

const elementsOf: Readonly<Record<Dtype, (buffer: ArrayBuffer) => Tensor['data']>> = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => floatFromHalf(new Uint16Array(buffer)),
  F64: (buffer) => new Float64Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I64: (buffer) => new BigInt64Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
};
