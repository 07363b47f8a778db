/** What kernels are told: the other side of `assembly/index.ts`, which has the numbers of the commands. */
import type {Shape} from '../../shape.ts';

/** Numbers that commands read and write; where they are is decided when all commands are known. */
export interface Buffer {
  /** How many. */
  readonly size: number;
  /** A view: it is a part of another buffer, which is no view itself. */
  readonly within?: {readonly buffer: Buffer; readonly offset: number};
}

/** A part of a buffer, or of what that is a part of. */
export function view(of: Buffer, offset: number, size: number): Buffer {
  if (offset === 0 && size === of.size) return of;
  const {buffer, offset: before} = of.within ?? {buffer: of, offset: 0};
  return {size, within: {buffer, offset: before + offset}};
}

/** The buffer that a view is a part of, or the buffer itself. */
export function wholeOf(buffer: Buffer): Buffer {
  return buffer.within?.buffer ?? buffer;
}

/** A call of a kernel. */
export interface Command {
  readonly number: number;
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** Its arguments; buffers among them are named by their place in a table. */
  readonly args: readonly (number | Buffer)[];
  /** A function that was generated for it: the body. Its place among all functions comes before the arguments. */
  readonly body?: Uint8Array;
  readonly shares?: Shares;
}

/**
 * That work can be cut into equal shares, one after the other, of which each touches only its own share of some buffers:
 * mostly images. A thread that does whole shares can then have these parts of the buffers for itself (`plan.ts`).
 */
export interface Shares {
  readonly count: number;
  readonly of: readonly Buffer[];
}

/** @param uses what a command reads and writes, and whether each is cut as the work is: a buffer may be there twice */
export function sharesOf(
  count: number,
  uses: readonly {readonly buffer: Buffer; readonly isCut: boolean}[],
): Shares {
  const whole = new Set(uses.flatMap(({buffer, isCut}) => (isCut ? [] : wholeOf(buffer))));
  return {count, of: uses.flatMap(({buffer}) => (whole.has(wholeOf(buffer)) ? [] : buffer))};
}

export const commandNumbers = {
  /** Of a list. */
  end: 0,
  elementwise: 1,
  sumParts: 2,
  multiplyMatrices: 3,
  unfoldPatches: 4,
  foldPatches: 5,
  imagesToPoints: 6,
  filterToPoints: 7,
  pointsToResult: 8,
  resultToPoints: 9,
  pointsToFilter: 10,
  copyBlock: 11,
  fill: 12,
  gatherRows: 13,
  scatterRows: 14,
  softmax: 15,
  logSumExp: 16,
  avgPool: 17,
  avgPoolSpread: 18,
  maxPool: 19,
  maxPoolGather: 20,
  maxPoolScatter: 21,
  affineWarp: 22,
  affineWarpTranspose: 23,
  /** Threads wait for each other. */
  meet: 24,
} as const;

export function command(
  name: keyof typeof commandNumbers,
  args: readonly (number | Buffer)[],
  access: Pick<Command, 'reads' | 'writes' | 'body' | 'shares'>,
): Command {
  return {number: commandNumbers[name], args, ...access};
}

/** The word that holds a float. */
function floatWord(value: number): number {
  const word = new Int32Array(1);
  new Float32Array(word.buffer)[0] = value;
  return word[0]!;
}

/** All numbers of a buffer become one. */
export function fillCommand(to: Buffer, value: number): Command {
  return command('fill', [to, to.size, floatWord(value)], {reads: [], writes: [to]});
}

/** A matrix, or as many as there are in the batch: where it is in a buffer. In numbers. */
export interface Matrices {
  readonly buffer: Buffer;
  readonly offset?: number;
  /** From one matrix of the batch to the next. */
  readonly batch?: number;
  readonly row: number;
  readonly column: number;
}

export interface Product {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Matrices;
  readonly b: Matrices;
  readonly to: Omit<Matrices, 'column'>;
}

/** to [batch, m, n] = a [batch, m, k] · b [batch, k, n]; the columns of `to` lie side by side. */
export function matrixProduct(product: Product): Command {
  const {batch = 1, m, n, k, a, b, to} = product;
  const panels = Math.ceil(n / 8);
  // Sixteen tasks or more, so that threads have equally much to do; the result does not depend on it.
  const bands = Math.max(Math.ceil(16 / (batch * panels)), Math.ceil(m / 1024));
  const rows = Math.max(32, 4 * Math.ceil(m / bands / 4));
  const place = ({buffer, offset = 0, batch: step = 0, row, column}: Matrices) =>
    [buffer, offset, step, row, column] as const;
  const args = [
    batch,
    m,
    n,
    k,
    rows,
    ...place(a),
    ...place(b),
    to.buffer,
    to.offset ?? 0,
    to.batch ?? 0,
    to.row,
  ];
  return command('multiplyMatrices', args, {
    reads: [a.buffer, b.buffer],
    writes: [to.buffer],
    shares: productShares(product, rows),
  });
}

/** A product is cut by matrices of its batch or, if it is one, by bands of so many rows. */
function productShares({batch = 1, m, n, k, a, b, to}: Product, rows: number): Shares {
  const parts = batch > 1 ? batch : m;
  /** Whether the parts, of so many rows and columns, fill the buffer one after the other. */
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
    const uses = [use(a, a.batch, [m, k]), use(b, b.batch, [k, n]), use(result, to.batch, [m, n])];
    return sharesOf(batch, uses);
  }
  const whole = {buffer: b.buffer, isCut: false};
  const bands = m % rows === 0 ? m / rows : 1;
  return sharesOf(bands, [use(a, a.row, [1, k]), whole, use(result, to.row, [1, n])]);
}

const mostAxes = 6;

/** Copies a block of up to six axes from one buffer to another; strides and offsets are in numbers. */
export function copyCommand(
  shape: Shape,
  from: {readonly buffer: Buffer; readonly offset?: number; readonly strides: readonly number[]},
  to: {readonly buffer: Buffer; readonly offset?: number; readonly strides: readonly number[]},
): Command {
  const axes = copyOrder(
    shape.map((extent, axis) => ({extent, from: from.strides[axis]!, to: to.strides[axis]!})),
  );
  if (axes.length > mostAxes) throw new RangeError(`More than ${mostAxes} axes: ${shape.length}`);
  const missing = Array.from({length: mostAxes - axes.length}, () => ({extent: 1, from: 0, to: 0}));
  const all = [...missing, ...axes];
  const args = [
    from.buffer,
    from.offset ?? 0,
    to.buffer,
    to.offset ?? 0,
    ...all.map(({extent}) => extent),
    ...all.map((axis) => axis.from),
    ...all.map((axis) => axis.to),
  ];
  return command('copyBlock', args, {reads: [from.buffer], writes: [to.buffer]});
}

interface CopyAxis {
  readonly extent: number;
  /** Strides, in numbers. */
  readonly from: number;
  readonly to: number;
}

/**
 * Axes in the order in which to go through them: innermost the longest that is contiguous on either side, the others in
 * the order of the other side, so that both use up their cache lines.
 */
function copyOrder(axes: readonly CopyAxis[]): readonly CopyAxis[] {
  const joined: CopyAxis[] = [];
  for (const axis of axes.filter(({extent}) => extent > 1)) {
    const before = joined.at(-1);
    const isOne = before?.from === axis.from * axis.extent && before.to === axis.to * axis.extent;
    if (isOne) joined.pop();
    joined.push(isOne ? {...axis, extent: before.extent * axis.extent} : axis);
  }
  const length = ({extent, from, to}: CopyAxis): number => (from === 1 || to === 1 ? extent : 0);
  const [inner, ...others] = joined.toSorted((a, b) => length(b) - length(a));
  if (inner === undefined) return [];
  const side = inner.to === 1 ? 'from' : 'to';
  return [...others.sort((a, b) => b[side] - a[side]), inner];
}

/** What lies one after the other in rows: the strides of a shape, in numbers. */
export function stridesOf(shape: Shape): readonly number[] {
  const strides: number[] = [];
  let step = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(step);
    step *= extent;
  }
  return strides;
}
