/**
 * The arguments of every kernel, by name: one table for both sides of a call. It types the commands
 * (`lower/command.ts`) and defines how they become words. From it the build makes the classes that kernels read their
 * arguments with, and the switch that calls kernels (`scripts/kernel-interface.mjs`).
 */

/**
 * The kinds of arguments. A tensor is given by its index in the table of addresses, a function by its index in the
 * table of functions.
 */
export type Argument =
  | 'tensor'
  /** A whole number. */
  | 'number'
  | 'float'
  /** A generated function, given by its body. */
  | 'function'
  /** A fixed number of whole numbers. */
  | {readonly numbers: number}
  /** A list of tensors or records, preceded by its length. It must come last. */
  | {readonly list: 'tensor' | Readonly<Record<string, 'tensor' | 'number'>>};

export type Signature = Readonly<Record<string, Argument>>;

/** Extents of images: their number, height, width and channels. */
const extents = {n: 'number', h: 'number', w: 'number', c: 'number'} as const;

/** Tiles of each image, their size, and the distance in numbers between points of the Winograd domain. */
const tiles = {down: 'number', across: 'number'} as const;
const tile = {tile: 'number', plane: 'number'} as const;

const patches = {
  images: 'tensor',
  /** The index of the first image. */
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
  /** Not 0 if b is stored as it is packed: eight columns of all rows, then the next eight. */
  bPacked: 'number',
} as const;

const rows = {x: 'tensor', rows: 'number', columns: 'number', to: 'tensor'} as const;
const warp = {from: 'tensor', ...extents, map: 'tensor', to: 'tensor'} as const;

export const kernels = {
  elementwise: {
    kernel: 'function',
    blocks: 'number',
    inner: 'number',
    /** Columns of a strip. */
    strip: 'number',
    groups: 'number',
    parts: 'number',
    /** The number of sums that keep their columns; the last tensors belong to them. */
    columnSums: 'number',
    tensors: {list: 'tensor'},
  },
  sumParts: {groups: 'number', parts: 'number', columns: 'number', from: 'tensor', to: 'tensor'},
  multiplyMatrices: {
    batch: 'number',
    m: 'number',
    n: 'number',
    k: 'number',
    /** Rows of a task. */
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
    /** Not 0 if the filter is rotated by 180° and its channels are exchanged. */
    turned: 'number',
    ...tile,
  },
  /** Convolutions in the Winograd domain, added up, for some tiles at a time. */
  convolveTiles: {
    to: 'tensor',
    ...extents,
    ...tiles,
    tile: 'number',
    /** The images' height, width and channels, and the zeros around them. */
    height: 'number',
    width: 'number',
    inner: 'number',
    pad: 'number',
    /** The largest number of tiles at a time. */
    block: 'number',
    /** The distance in numbers between points of the filters, and of images that are transformed already, or 0. */
    filterPlane: 'number',
    imagesPlane: 'number',
    pairs: {list: {images: 'tensor', filter: 'tensor'}},
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
  /** Extents and strides are outermost first; strides and offsets are in numbers. */
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
  /** Threads take pieces of the next command from each other; the number of pieces. */
  takePieces: {count: 'number'},
  /** All threads wait for each other. */
  barrier: {},
} as const satisfies Readonly<Record<string, Signature>>;

export type KernelName = keyof typeof kernels;

/** The number of each kernel in a command list; 0 ends the list. */
export function numberOf(kernel: KernelName): number {
  return 1 + Object.keys(kernels).indexOf(kernel);
}
