/**
 * The arguments of every kernel, by name: the one table from which both sides of a call are made. Here it types the commands
 * (`lower/command.ts`) and says how they become words; of it the build makes what the kernels read their arguments with,
 * and the switch that calls them (`scripts/kernel-interface.mjs`).
 */

/** The kinds of arguments. A tensor is named by its place in the table of addresses, a function by its place among all. */
export type Argument =
  | 'tensor'
  /** A whole number. */
  | 'number'
  | 'float'
  /** A generated function, by its body. */
  | 'function'
  /** That many whole numbers. */
  | {readonly numbers: number}
  /** Any number of tensors or of records, behind their count. It comes last. */
  | {readonly list: 'tensor' | Readonly<Record<string, 'tensor' | 'number'>>};

export type Signature = Readonly<Record<string, Argument>>;

/** Extents of images: how many, their height and width, channels. */
const extents = {n: 'number', h: 'number', w: 'number', c: 'number'} as const;

/** Tiles of each image, how large they are, and numbers from a point of the Winograd domain to the next. */
const tiles = {down: 'number', across: 'number'} as const;
const tile = {tile: 'number', plane: 'number'} as const;

const patches = {
  images: 'tensor',
  /** Which of the images. */
  first: 'number',
  count: 'number',
  h: 'number',
  w: 'number',
  c: 'number',
  patches: 'tensor',
  resultHeight: 'number',
  resultWidth: 'number',
  k: 'number',
  stride: 'number',
  pad: 'number',
} as const;

const pooling = {
  large: 'tensor',
  ...extents,
  small: 'tensor',
  smallHeight: 'number',
  smallWidth: 'number',
  size: 'number',
} as const;

/** A batch of matrices: the offset of the first in a tensor, and the strides, in numbers. */
const pair = {
  a: 'tensor',
  aOffset: 'number',
  aBatch: 'number',
  aRow: 'number',
  aColumn: 'number',
  b: 'tensor',
  bOffset: 'number',
  bBatch: 'number',
  bRow: 'number',
  bColumn: 'number',
} as const;

const rows = {x: 'tensor', rows: 'number', columns: 'number', to: 'tensor'} as const;
const warp = {from: 'tensor', ...extents, map: 'tensor', to: 'tensor'} as const;

export const kernels = {
  elementwise: {
    kernel: 'function',
    blocks: 'number',
    inner: 'number',
    groups: 'number',
    parts: 'number',
    /** The number of sums that keep their columns; the last tensors are theirs. */
    columnSums: 'number',
    tensors: {list: 'tensor'},
  },
  sumParts: {groups: 'number', parts: 'number', columns: 'number', from: 'tensor', to: 'tensor'},
  multiplyMatrices: {
    batch: 'number',
    m: 'number',
    n: 'number',
    k: 'number',
    /** Of a task. */
    rows: 'number',
    to: 'tensor',
    toOffset: 'number',
    toBatch: 'number',
    toRow: 'number',
    pairs: {list: pair},
  },
  im2col: patches,
  col2im: patches,
  transformInput: {
    images: 'tensor',
    ...extents,
    transformed: 'tensor',
    ...tiles,
    pad: 'number',
    ...tile,
  },
  transformFilter: {
    filter: 'tensor',
    c: 'number',
    o: 'number',
    transformed: 'tensor',
    /** Not 0: by half a turn. */
    turned: 'number',
    ...tile,
  },
  transformOutput: {products: 'tensor', images: 'tensor', ...extents, ...tiles, ...tile},
  transformOutputTranspose: {
    images: 'tensor',
    ...extents,
    transformed: 'tensor',
    ...tiles,
    ...tile,
  },
  transformFilterTranspose: {
    products: 'tensor',
    filter: 'tensor',
    c: 'number',
    o: 'number',
    ...tile,
  },
  /** Extents and strides outermost first, strides and offsets in numbers. */
  copyBlock: {
    from: 'tensor',
    fromOffset: 'number',
    to: 'tensor',
    toOffset: 'number',
    extents: {numbers: 6},
    fromStrides: {numbers: 6},
    toStrides: {numbers: 6},
  },
  fill: {to: 'tensor', count: 'number', value: 'float'},
  gatherRows: {
    x: 'tensor',
    indices: 'tensor',
    count: 'number',
    columns: 'number',
    to: 'tensor',
    rows: 'number',
  },
  scatterRows: {
    v: 'tensor',
    indices: 'tensor',
    count: 'number',
    columns: 'number',
    to: 'tensor',
    rows: 'number',
  },
  softmax: rows,
  logSumExp: rows,
  avgPool: pooling,
  avgPoolTranspose: pooling,
  maxPool: pooling,
  maxPoolGather: {...pooling, values: 'tensor'},
  maxPoolScatter: {...pooling, values: 'tensor'},
  affineWarp: warp,
  affineWarpTranspose: warp,
  /** All threads wait for each other. */
  barrier: {},
} as const satisfies Readonly<Record<string, Signature>>;

export type KernelName = keyof typeof kernels;

/** The number of each kernel in a command list; 0 ends the list. */
export function numberOf(kernel: KernelName): number {
  return 1 + Object.keys(kernels).indexOf(kernel);
}
