/**
 * The one table of the properties of each kind of operation that compilers use; a kind without an entry does not
 * compile.
 */
import type {OpKind} from './op.ts';

export interface OpTraits {
  /** Each number of the result depends on one number of each operand, which is broadcast to the result's shape. */
  readonly isElementwise: boolean;
  /** The operation itself broadcasts its two operands against each other. */
  readonly broadcastsOperands: boolean;
  /** The result consists of numbers of the operand: reordered, cut or repeated. */
  readonly isView: boolean;
  /**
   * The operation is bilinear in its operands. Further pairs of operands may follow the first: the result is then the
   * sum of the operation's results for all pairs.
   */
  readonly takesPairs: boolean;
  /**
   * Work for one number of the result, in additions; absent if recomputing the result always costs more than storing
   * it.
   */
  readonly cost?: number;
}

const traits = {
  isElementwise: false,
  broadcastsOperands: false,
  isView: false,
  takesPairs: false,
} as const;
const binary = {...traits, isElementwise: true, broadcastsOperands: true} as const;
const unary = {...traits, isElementwise: true} as const;
const view = {...traits, isView: true} as const;
const product = {...traits, takesPairs: true} as const;

const opTraits = {
  input: traits,
  constant: traits,
  add: {...binary, cost: 1},
  subtract: {...binary, cost: 1},
  multiply: {...binary, cost: 1},
  divide: binary,
  exp: unary,
  log: unary,
  sqrt: unary,
  sigmoid: unary,
  heaviside: {...unary, cost: 1},
  floor: {...unary, cost: 1},
  softmax: traits,
  logSumExp: traits,
  sum: traits,
  broadcast: {...unary, isView: true, cost: 0},
  reshape: view,
  transpose: view,
  slice: view,
  pad: traits,
  concat: traits,
  matmul: product,
  gatherRows: traits,
  scatterRows: traits,
  conv2d: product,
  conv2dInput: product,
  conv2dFilter: product,
  avgPool: traits,
  avgPoolTranspose: {...traits, cost: 1},
  maxPool: traits,
  maxPoolGather: traits,
  maxPoolScatter: traits,
  affineWarp: traits,
  affineWarpTranspose: traits,
} as const satisfies {readonly [K in OpKind]: OpTraits};

/** The elementwise kinds: a kernel for a group must be able to compute all of them. */
export type ElementwiseKind = {
  readonly [K in OpKind]: (typeof opTraits)[K]['isElementwise'] extends true ? K : never;
}[OpKind];

/** The traits of any kind. */
export function traitsOf(kind: OpKind): OpTraits {
  return opTraits[kind];
}

/** The operands of an operation that takes several pairs of them, pair by pair. */
export function pairsOf<T>(operands: readonly T[]): readonly (readonly [T, T])[] {
  return Array.from({length: operands.length / 2}, (_, i) => [
    operands[2 * i]!,
    operands[2 * i + 1]!,
  ]);
}
