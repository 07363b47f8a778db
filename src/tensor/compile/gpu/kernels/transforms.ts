/** Winograd's maps standing alone: a kernel each, where no cluster of nodes takes them along. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  equal,
  f32,
  less,
  multiply,
  select,
  splat,
  subtract,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {formatShape, sizeOf, type Shape} from '../../../shape.ts';
import {loadVector, storeVector, type Access, type Places} from '../access.ts';
import type {Node, PointsOp} from '../node.ts';
import {pointwiseKernel} from './pointwise.ts';
import {linesOf} from './tile-lines.ts';
import {mapSquare, matrixOf} from './winograd.ts';

/**
 * A thread makes what a tile, or a weight of the filter, has in four channels.
 * @param node its op is a `PointsOp`; channels come in multiples of four
 */
export function transformKernel(node: Node, places: Places): Kernel {
  const op = node.op as PointsOp;
  const from = places.read(node.operands[0]!);
  const to = places.write(node);
  const {items, body} = transformOf(op, node.shape, from, to);
  return pointwiseKernel({
    label: `${op.kind} ${formatShape(node.shape)}`,
    shape: items,
    width: 4,
    flops: sizeOf(items) * flopsOf(op),
    reads: [from],
    writes: [to],
    body,
  });
}

interface Transform {
  /** Its last axis is of channels: a thread for each vector of them. */
  readonly items: Shape;
  readonly body: (code: Code, at: readonly Expression[]) => void;
}

/** Additions and multiplications for a channel of a tile, about. */
function flopsOf(op: PointsOp): number {
  const matrix = matrixOf(op);
  const weights = matrix.flat().filter((weight) => weight !== 0).length;
  return weights * (matrix.length + matrix[0]!.length);
}

function transformOf(op: PointsOp, shape: Shape, from: Access, to: Access): Transform {
  const channels = shape.at(-1)!;
  const items = [op.images[0], op.down, op.across, channels];
  switch (op.kind) {
    case 'transformFilter':
    case 'transformFilterTranspose':
      return {
        items: [shape.at(-2)!, channels],
        body: (code, at) => mapFilter(code, {op, from, to, at}),
      };
    case 'transformInput':
    case 'transformOutputTranspose':
      return {items, body: (code, at) => mapToPoints(code, {op, from, to, at})};
    case 'transformOutput':
      return {items, body: (code, at) => mapToResult(code, {op, from, to, at})};
    case 'transformInputTranspose':
      return {
        items: [op.images[0], ...blocksOf(op), channels],
        body: (code, at) => mapToImages(code, {op, from, to, at}),
      };
  }
}

interface Part {
  readonly op: PointsOp;
  readonly from: Access;
  readonly to: Access;
  readonly at: readonly Expression[];
}

function mapFilter(code: Code, {op, from, to, at}: Part): void {
  const span = op.tile + 2;
  const point = (i: number, j: number): readonly Expression[] => [u32(i * span + j), ...at];
  const weight = (i: number, j: number): readonly Expression[] => [u32(i), u32(j), ...at];
  const [source, target] =
    op.kind === 'transformFilter' ? ([weight, point] as const) : ([point, weight] as const);
  mapSquare(
    code,
    matrixOf(op),
    (i, j) => loadVector(from, source(i, j)),
    (i, j, value) => storeVector(code, to, target(i, j), value),
  );
}

/** Of images, what lies under the tile; of the result, the tile. Outside are zeros. */
function mapToPoints(code: Code, {op, from, to, at}: Part): void {
  const [n, ty, tx, c] = at as Four;
  const [extents, pad] = op.kind === 'transformInput' ? [op.images, op.pad] : [op.result, 0];
  const matrix = matrixOf(op);
  const length = matrix[0]!.length;
  const rows = linesOf(code, {tile: op.tile, pad, extent: extents[1], length}, ty, op.down);
  const columns = linesOf(code, {tile: op.tile, pad, extent: extents[2], length}, tx, op.across);
  const place = code.let(tileAt(op, n, ty, tx), 'tile');
  const pixel = (i: number, j: number): Expression => {
    const [row, column] = [rows[i]!, columns[j]!];
    const value = loadVector(from, [n, row.within, column.within, c]);
    const inside = all([...row.conditions, ...column.conditions]);
    return inside === undefined ? value : select(inside, value, splat(f32(0)));
  };
  mapSquare(code, matrix, pixel, (i, j, value) => {
    storeVector(code, to, [u32(i * (op.tile + 2) + j), place, c], value);
  });
}

function mapToResult(code: Code, {op, from, to, at}: Part): void {
  const {tile, result} = op;
  const [n, ty, tx, c] = at as Four;
  const rows = linesOf(code, {tile, pad: 0, extent: result[1], length: tile}, ty, op.down);
  const columns = linesOf(code, {tile, pad: 0, extent: result[2], length: tile}, tx, op.across);
  const place = code.let(tileAt(op, n, ty, tx), 'tile');
  const point = (i: number, j: number): Expression =>
    loadVector(from, [u32(i * (tile + 2) + j), place, c]);
  mapSquare(code, matrixOf(op), point, (i, j, value) => {
    const [row, column] = [rows[i]!, columns[j]!];
    code.if(all([...row.conditions, ...column.conditions]), (inside) => {
      storeVector(inside, to, [n, row.within, column.within, c], value);
    });
  });
}

/**
 * Tiles begin every `tile` pixels and are two pixels longer, so that neighbours overlap. A thread makes a block of the
 * images, where a tile begins: it adds up what that tile, and those above and to the left of it, have there. That is a
 * loop, because drivers compile a map of 36 points slowly.
 */
function mapToImages(code: Code, {op, from, to, at}: Part): void {
  const {tile, images, pad, down, across} = op;
  const [n, by, bx, c] = at as Four;
  const sums = square(tile, () => code.variable(splat(f32(0)), 'sum'));
  code.for({below: 2, name: 'above'}, (loop, above) => {
    loop.for({below: 2, name: 'left'}, (turn, left) => {
      const ty = turn.let(subtract(by, above), 'ty');
      const tx = turn.let(subtract(bx, left), 'tx');
      // Before the first tile, numbers have wrapped around.
      turn.if(all([less(ty, down), less(tx, across)]), (own) => {
        const place = own.let(tileAt(op, n, ty, tx), 'tile');
        const pixels = Array.from({length: tile + 2}, (): Expression[] => []);
        mapSquare(
          own,
          matrixOf(op),
          (i, j) => loadVector(from, [u32(i * (tile + 2) + j), place, c]),
          (i, j, value) => (pixels[i]![j] = own.let(value, 'pixel')),
        );
        addOverlap(own, {sums, pixels, isAbove: equal(above, 1), isLeft: equal(left, 1)});
      });
    });
  });
  const [blocksDown, blocksAcross] = blocksOf(op);
  const rows = linesOf(code, {tile, pad, extent: images[1], length: tile}, by, blocksDown);
  const columns = linesOf(code, {tile, pad, extent: images[2], length: tile}, bx, blocksAcross);
  for (const [i, row] of rows.entries()) {
    for (const [j, column] of columns.entries()) {
      code.if(all([...row.conditions, ...column.conditions]), (inside) => {
        storeVector(inside, to, [n, row.within, column.within, c], sums[i]![j]!);
      });
    }
  }
}

/** Adds what a tile has in a block: where it begins or, of a tile above or to the left, where it ends. */
function addOverlap(
  code: Code,
  {
    sums,
    pixels,
    isAbove,
    isLeft,
  }: {
    readonly sums: readonly (readonly Variable[])[];
    readonly pixels: readonly (readonly Expression[])[];
    readonly isAbove: Expression;
    readonly isLeft: Expression;
  },
): void {
  const tile = sums.length;
  const pixelAt = (i: number, j: number): Expression => pixels[i]?.[j] ?? splat(f32(0));
  sums.forEach((line, i) => {
    line.forEach((sum, j) => {
      const across = (row: number): Expression =>
        select(isLeft, pixelAt(row, j + tile), pixelAt(row, j));
      code.assign(sum, add(sum, select(isAbove, across(i + tile), across(i))));
    });
  });
}

type Variable = Extract<Expression, {kind: 'local'}>;

type Four = readonly [Expression, Expression, Expression, Expression];

/** Blocks of `tile` rows and columns that cover the images and the zeros above and left of them. */
function blocksOf({tile, pad, images}: PointsOp): readonly [number, number] {
  const along = (extent: number): number => Math.ceil((extent + pad) / tile);
  return [along(images[1]), along(images[2])];
}

function square<T>(side: number, make: () => T): readonly (readonly T[])[] {
  return Array.from({length: side}, () => Array.from({length: side}, make));
}

function tileAt(
  {down, across}: PointsOp,
  n: Expression,
  ty: Expression,
  tx: Expression,
): Expression {
  return add(multiply(add(multiply(n, down), ty), across), tx);
}
