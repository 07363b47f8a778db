/** Products of matrices. */
import {partitionOf, type Buffer, type Partition} from '../../../compile/cpu/buffer.ts';
import {command, mostPiecesOf, type Command} from './command.ts';

/** A matrix, or one for each item of the batch, in a buffer. Offset and strides are in numbers. */
export interface Matrices {
  readonly buffer: Buffer;
  readonly offset?: number;
  /** Stride from one matrix of the batch to the next. */
  readonly batch?: number;
  readonly row: number;
  readonly column: number;
  /** Whether a right factor is stored packed: eight columns of all rows, then the next eight. */
  readonly isPacked?: boolean;
}

export interface Product {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Factors; the products of all pairs are added up. */
  readonly pairs: readonly {readonly a: Matrices; readonly b: Matrices}[];
  readonly to: Omit<Matrices, 'column'>;
}

/** to [batch, m, n] = Σ a [batch, m, k] · b [batch, k, n]; the columns of `to` are contiguous. */
export function matrixProduct(product: Product): Command {
  const {batch = 1, m, n, k, pairs, to} = product;
  const panels = Math.ceil(n / 8);
  // At least sixteen tasks, so that threads have equal work; the result does not depend on it.
  const bands = Math.max(Math.ceil(16 / (batch * panels)), Math.ceil(m / 1024));
  const rows = Math.max(32, 4 * Math.ceil(m / bands / 4));
  const target = {
    to: to.buffer,
    toOffset: to.offset ?? 0,
    toBatch: to.batch ?? 0,
    toRow: to.row,
  };
  const partition = productPartition(product, rows);
  const finest = batch * Math.ceil(m / rows) * panels;
  return command(
    'multiplyMatrices',
    {batch, m, n, k, rows, ...target, pairs: pairs.map(({a, b}) => pairArguments(a, b))},
    {
      reads: pairs.flatMap(({a, b}) => [a.buffer, b.buffer]),
      writes: [to.buffer],
      partition,
      ...mostPiecesOf({count: partition.count, finest}, batch * m * n * k * pairs.length),
    },
  );
}

function pairArguments(a: Matrices, b: Matrices) {
  return {
    a: a.buffer,
    aOffset: a.offset ?? 0,
    aBatch: a.batch ?? 0,
    aRow: a.row,
    aColumn: a.column,
    b: b.buffer,
    bOffset: b.offset ?? 0,
    bBatch: b.batch ?? 0,
    bRow: b.row,
    bColumn: b.column,
    bPacked: b.isPacked === true ? 1 : 0,
  };
}

/** A product is cut by matrices of its batch or, if there is only one, by bands of `rows` rows. */
function productPartition({batch = 1, m, n, k, pairs, to}: Product, rows: number): Partition {
  const parts = batch > 1 ? batch : m;
  /** Whether parts of this many rows and columns fill the buffer consecutively. */
  const use = (
    {buffer, offset = 0, row, column}: Matrices,
    step: number | undefined,
    [height, width]: readonly [number, number],
  ): {buffer: Buffer; isCut: boolean} => {
    const last = (height - 1) * row + (width - 1) * column;
    return {
      buffer,
      isCut: offset === 0 && step !== undefined && parts * step === buffer.size && last < step,
    };
  };
  const result = {...to, column: 1};
  if (batch > 1) {
    const factors = pairs.flatMap(({a, b}) => [use(a, a.batch, [m, k]), use(b, b.batch, [k, n])]);
    return partitionOf(batch, [...factors, use(result, to.batch, [m, n])]);
  }
  const factors = pairs.flatMap(({a, b}) => [
    use(a, a.row, [1, k]),
    {buffer: b.buffer, isCut: false},
  ]);
  const bands = m % rows === 0 ? m / rows : 1;
  return partitionOf(bands, [...factors, use(result, to.row, [1, n])]);
}
