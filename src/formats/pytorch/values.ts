import type {Dtype} from '../tensor.ts';

/** What PyTorch files are made of here. Lists and tuples are one, and so are kinds of dictionaries; None is `undefined`. */
export type PtValue =
  | undefined
  | boolean
  | number
  /** Beyond the whole numbers that `number` has all of. */
  | bigint
  | string
  | readonly PtValue[]
  | ReadonlyMap<PtValue, PtValue>
  | PtTensor;

/** The memory that tensors are views of. */
export interface PtStorage {
  /** Names its entry in the file. */
  readonly key: string;
  readonly dtype: Dtype;
  /** How many elements it has. */
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

/** The strides of a tensor that lies row-major and without gaps. */
export function rowMajorStrides(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= Math.max(extent, 1);
  }
  return strides;
}
