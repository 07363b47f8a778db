import type {Dtype} from '../tensor.ts';

/**
 * The values of PyTorch files. Lists and tuples are not distinguished, nor are kinds of dictionaries; None is
 * `undefined`.
 */
export type PtValue =
  | undefined
  | boolean
  | number
  /** For whole numbers that `number` cannot represent exactly. */
  | bigint
  | string
  | readonly PtValue[]
  | ReadonlyMap<PtValue, PtValue>
  | PtTensor;

/** The memory that tensors are views of. */
export interface PtStorage {
  /** The name of its entry in the file. */
  readonly key: string;
  readonly dtype: Dtype;
  /** Number of elements. */
  readonly count: number;
}

/** A tensor in a PyTorch file: element [i, j, …] is number `offset` + i·strides[0] + j·strides[1] + … of the storage. */
export class PtTensor {
  readonly storage: PtStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(view: {
    readonly storage: PtStorage;
    readonly offset: number;
    readonly shape: readonly number[];
    readonly strides: readonly number[];
  }) {
    this.storage = view.storage;
    this.offset = view.offset;
    this.shape = view.shape;
    this.strides = view.strides;
  }
}

/** The strides of a tensor that is row-major without gaps. */
export function rowMajorStrides(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= Math.max(extent, 1);
  }
  return strides;
}
