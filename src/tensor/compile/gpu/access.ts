/**
 * Access: where a kernel finds the numbers of a node, and the loads and stores of them.
 *
 * Coordinates are one expression for each axis. Where vectors of four are read or written, the last axis is a multiple of
 * four and its coordinate counts vectors.
 */
import type {Code} from '../../kernels/code.ts';
import {
  add,
  component,
  divide,
  f32,
  load,
  multiply,
  remainder,
  splat,
  u32,
  vector,
} from '../../kernels/expressions.ts';
import type {Expression, MemoryId} from '../../kernels/ir.ts';
import {repeatedAxes, sizeOf, type Shape} from '../../shape.ts';

export interface Access {
  readonly shape: Shape;
  /** The number at coordinates lies at offset + Σ coordinate · stride of the memory. */
  readonly memory: MemoryId;
  readonly offset: number;
  readonly strides: readonly number[];
  /** Set for one of several sections of the numbers, which is read by number: it begins `number` · `step` further on. */
  readonly section?: {readonly number: Expression; readonly step: number};
  /**
   * Set where strides cannot say it: `offset` and `strides` then give the place in the row-major sequence of that
   * access's shape, which is read there.
   */
  readonly through?: Access;
  /**
   * Set for sums that several workgroups made: the number is the sum of `count` numbers, `step` apart. Never with
   * `through`.
   */
  readonly parts?: {readonly count: number; readonly step: number};
  /** Set for a constant, which lies nowhere. */
  readonly constant?: number;
  /** Set for a product that its reader computes: it lies nowhere either, and has no `parts`. */
  readonly product?: ShortProduct;
  /** Whether the memory is written in vectors; all who write to one memory do the same. */
  readonly isVector: boolean;
}

/** Σ over pairs of left [m, k] · right [k, n], row-major: number i is in row i div n. */
export interface ShortProduct {
  readonly n: number;
  readonly pairs: readonly {readonly k: number; readonly left: Access; readonly right: Access}[];
}

/** What a kernel writer asks for the places of nodes. */
export interface Places {
  /** To read a node's numbers: through views, and from where its maker put them. */
  read(node: {readonly id: number}): Access;
  /** To write a node's numbers: always strides. */
  write(node: {readonly id: number}): Access;
}

/** The same numbers, repeated to a shape by broadcasting. */
export function broadcastAccess(access: Access, shape: Shape): Access {
  const lead = shape.length - access.shape.length;
  const repeated = new Set(repeatedAxes(access.shape, shape));
  const strides = shape.map((_, axis) => (repeated.has(axis) ? 0 : access.strides[axis - lead]!));
  return {...access, shape, strides};
}

export function loadNumber(access: Access, coordinates: readonly Expression[]): Expression {
  const {constant, through, parts, product, memory} = access;
  if (constant !== undefined) return f32(constant);
  if (parts !== undefined) return sumOfParts(access, (part) => loadNumber(part, coordinates));
  const index = indexOf(access, coordinates);
  if (product !== undefined) {
    const place = [divide(index, product.n), remainder(index, product.n)] as const;
    return sumOfProducts(product, place, loadNumber);
  }
  if (through === undefined) return load('f32', memory, index);
  return loadNumber(through, coordinatesAt(index, through.shape));
}

export function loadVector(access: Access, coordinates: readonly Expression[]): Expression {
  const {constant, parts, product, strides} = access;
  if (constant !== undefined) return splat(f32(constant));
  if (parts !== undefined) return sumOfParts(access, (part) => loadVector(part, coordinates));
  const before = coordinates.slice(0, -1);
  const last = coordinates.at(-1);
  if (last === undefined || strides.at(-1) === 0) {
    return splat(loadNumber(access, last === undefined ? [] : [...before, u32(0)]));
  }
  if (isAligned(access)) {
    const index = vectorIndexOf(access, coordinates);
    if (product === undefined) return load('vec4f', access.memory, index);
    const place = [divide(index, product.n / 4), remainder(index, product.n / 4)] as const;
    return sumOfProducts(product, place, loadVector);
  }
  const lanes = [0, 1, 2, 3].map((lane) => add(multiply(last, 4), lane));
  return vector(lanes.map((lane) => loadNumber(access, [...before, lane])));
}

export function storeNumber(
  code: Code,
  access: Access,
  coordinates: readonly Expression[],
  value: Expression,
): void {
  code.store(access.memory, indexOf(access, coordinates), value);
}

/** Stores four numbers beside each other: as a vector if the memory is written in vectors. */
export function storeVector(
  code: Code,
  access: Access,
  coordinates: readonly Expression[],
  value: Expression,
): void {
  if (access.isVector) {
    code.store(access.memory, vectorIndexOf(access, coordinates), value);
    return;
  }
  const named = code.let(value);
  const before = coordinates.slice(0, -1);
  for (const lane of [0, 1, 2, 3] as const) {
    const at = add(multiply(coordinates.at(-1)!, 4), lane);
    storeNumber(code, access, [...before, at], component(named, lane));
  }
}

/** Whether four numbers beside each other along the last axis are one vector of the memory. */
export function isAligned({through, product, strides, shape, offset, section}: Access): boolean {
  const outer = strides.slice(0, -1);
  return (
    section === undefined &&
    through === undefined &&
    (product === undefined || product.n % 4 === 0) &&
    strides.at(-1) === 1 &&
    offset % 4 === 0 &&
    outer.every((stride, axis) => stride % 4 === 0 || shape[axis] === 1)
  );
}

/**
 * The coordinates of a flat index, each with a name; the index counts vectors along the last axis if `width` is 4.
 */
export function coordinatesOf(
  code: Code,
  index: Expression,
  shape: Shape,
  width: 1 | 4 = 1,
): readonly Expression[] {
  const extents = shape.map((extent, axis) =>
    axis === shape.length - 1 ? extent / width : extent,
  );
  return coordinatesAt(code.let(index), extents).map((at) => code.let(at, 'c'));
}

/** The coordinates of a flat index in row-major order. */
export function coordinatesAt(index: Expression, shape: Shape): readonly Expression[] {
  return shape.map((extent, axis) => {
    if (extent === 1) return u32(0);
    const behind = divide(index, sizeOf(shape.slice(axis + 1)));
    const isOutermost = shape.slice(0, axis).every((n) => n === 1);
    return isOutermost ? behind : remainder(behind, extent);
  });
}

function indexOf(
  {offset, strides, section}: Access,
  coordinates: readonly Expression[],
): Expression {
  const begin = section === undefined ? u32(0) : multiply(section.number, section.step);
  return coordinates.reduce<Expression>(
    (sum, coordinate, axis) => add(sum, multiply(coordinate, strides[axis]!)),
    add(begin, u32(offset)),
  );
}

/** The index in vectors, of an access that is aligned. */
function vectorIndexOf(access: Access, coordinates: readonly Expression[]): Expression {
  const last = access.strides.length - 1;
  const strides = access.strides.map((stride, axis) =>
    axis === last ? 1 : Math.floor(stride / 4),
  );
  return indexOf({...access, offset: access.offset / 4, strides}, coordinates);
}

/** In the order of the parts, which depends on sizes only: the same bytes every time. */
function sumOfParts(access: Access, read: (part: Access) => Expression): Expression {
  const {count, step} = access.parts!;
  const {parts: _, offset, ...whole} = access;
  return Array.from({length: count}, (_, part) =>
    read({...whole, offset: offset + part * step}),
  ).reduce((sum, part) => add(sum, part));
}

/** In the order of the terms. */
function sumOfProducts(
  {pairs}: ShortProduct,
  [row, column]: readonly [row: Expression, column: Expression],
  read: (right: Access, at: readonly Expression[]) => Expression,
): Expression {
  return pairs
    .flatMap(({k, left, right}) =>
      Array.from({length: k}, (_, term) => {
        const factor = read(right, [u32(term), column]);
        const number = loadNumber(left, [row, u32(term)]);
        return multiply(factor.type === 'vec4f' ? splat(number) : number, factor);
      }),
    )
    .reduce((sum, term) => add(sum, term));
}

/** The same numbers, the last two axes exchanged. */
export function swapLast(access: Access): Access {
  const swap = (list: readonly number[]): readonly number[] => [
    ...list.slice(0, -2),
    list.at(-1)!,
    list.at(-2)!,
  ];
  return {...access, shape: swap(access.shape), strides: swap(access.strides)};
}
