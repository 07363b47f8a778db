/** The one table of what compilers know about each kind of operation; a kind without an entry does not compile. */
import type {OpKind} from './op.ts';

export interface OpTraits {
  /** Each number of the result depends on one number of each operand, which is broadcast to the result's shape. */
  readonly isElementwise: boolean;
  /** Two operands are broadcast against each other by the operation itself. */
  readonly broadcastsOperands: boolean;
  /** Every number of the result is a number of the operand: the operand in another order, in part or repeated. */
  readonly isView: boolean;
  /**
   * Bilinear in its operands. Further pairs of operands may follow the first: the results are added up, as if the
   * operation were applied to each pair.
   */
  readonly takesPairs: boolean;
  /** Work for one number of the result, in additions; absent where to compute it again costs more than to keep it. */
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

/** The kinds that are elementwise: what a kernel for a group of them must be able to compute. */
export type ElementwiseKind = {
  readonly [K in OpKind]: (typeof opTraits)[K]['isElementwise'] extends true ? K : never;
}[OpKind];

/** The traits of a kind, whichever it is. */
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
