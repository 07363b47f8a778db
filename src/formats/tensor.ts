import {brainFromFloat, floatFromBrain, floatFromHalf, halfFromFloat} from './small-floats.ts';

/** The element type of a stored tensor, by the names of the safetensors format. */
export type Dtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL';

/** The array type that holds elements in memory. F16 and BF16 are float32 in memory and are rounded when written. */
interface ElementArrays {
  readonly F64: Float64Array;
  readonly F32: Float32Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I64: BigInt64Array;
  readonly I32: Int32Array;
  readonly I16: Int16Array;
  readonly I8: Int8Array;
  readonly U64: BigUint64Array;
  readonly U32: Uint32Array;
  readonly U16: Uint16Array;
  readonly U8: Uint8Array;
  /** 0 or 1. */
  readonly BOOL: Uint8Array;
}

/** A tensor as files store it: row-major. */
export type Tensor = {
  readonly [D in Dtype]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: ElementArrays[D];
  };
}[Dtype];

/** Bytes per element in a file. */
export const bytesPerElement: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** The number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A tensor of float32 numbers. */
export function float32Tensor(data: Float32Array, shape: readonly number[]): Tensor {
  return {dtype: 'F32', shape, data};
}

/** The little-endian bytes of elements in a file. They share memory with the elements, except for F16 and BF16. */
export function bytesOfElements({dtype, data}: Pick<Tensor, 'dtype' | 'data'>): Uint8Array {
  const stored = storedElements(dtype, data);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

function storedElements(dtype: Dtype, data: Tensor['data']): Tensor['data'] {
  if (dtype === 'F16') return halfFromFloat(data as Float32Array);
  if (dtype === 'BF16') return brainFromFloat(data as Float32Array);
  return data;
}

/** The elements of little-endian bytes. They share memory with the bytes, except for F16 and BF16. */
export function elementsOfBuffer(dtype: Dtype, buffer: ArrayBuffer): Tensor['data'] {
  return elementsOf[dtype](buffer);
}

const elementsOf: {
  readonly [D in Dtype]: (buffer: ArrayBuffer) => ElementArrays[D];
} = {
  F64: (buffer) => new Float64Array(buffer),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => floatFromHalf(new Uint16Array(buffer)),
  BF16: (buffer) => floatFromBrain(new Uint16Array(buffer)),
  I64: (buffer) => new BigInt64Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  I16: (buffer) => new Int16Array(buffer),
  I8: (buffer) => new Int8Array(buffer),
  U64: (buffer) => new BigUint64Array(buffer),
  U32: (buffer) => new Uint32Array(buffer),
  U16: (buffer) => new Uint16Array(buffer),
  U8: (buffer) => new Uint8Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
};
