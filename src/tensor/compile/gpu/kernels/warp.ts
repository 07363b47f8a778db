/** Images [n, h, w, c] sampled bilinearly through an affine map each, zero outside; and the transpose of that. */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  convert,
  divide,
  f32,
  i32,
  less,
  max,
  min,
  multiply,
  select,
  subtract,
  u32,
  unary,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Kernel} from '../../../kernels/kernel.ts';
import {sizeOf} from '../../../shape.ts';
import {loadNumber, type Access, type Places} from '../access.ts';
import type {Node} from '../node.ts';
import {loadWidth, numbersKernel, widen} from './pointwise.ts';

/** A result pixel reads the four pixels around where the map puts it. */
export function affineWarpKernel(node: Node, places: Places): Kernel {
  const [images, maps] = node.operands.map((operand) => places.read(operand));
  const [, height, width] = node.shape;
  return numbersKernel(node, places, {
    operands: [images!, maps!],
    flops: 20 * sizeOf(node.shape),
    value(code, [image, i, j, channel], lanes) {
      const map = loadMap(code, maps!, image!);
      const total = code.variable(widen(f32(0), lanes), 'total');
      const row = code.let(clamp(rowAt(map, i!, j!), -2, height! + 1), 'row');
      const column = code.let(clamp(columnAt(map, i!, j!), -2, width! + 1), 'column');
      const [top, left] = [wholeBelow(code, row), wholeBelow(code, column)];
      for (const [down, right] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const [y, x] = [add(top, down), add(left, right)];
        code.if(all([...isWithin(y, height!), ...isWithin(x, width!)]), (inside) => {
          const at = [image!, convert('u32', y), convert('u32', x), channel!];
          const weight = multiply(
            subtract(f32(1), distance(row, convert('f32', y))),
            subtract(f32(1), distance(column, convert('f32', x))),
          );
          const share = multiply(widen(weight, lanes), loadWidth(images!, at, lanes));
          inside.assign(total, add(total, share));
        });
      }
      return total;
    },
  });
}

/** A pixel looks for the result pixels that read it, and adds up what they give back. */
export function affineWarpTransposeKernel(node: Node, places: Places): Kernel {
  const [results, maps] = node.operands.map((operand) => places.read(operand));
  return numbersKernel(node, places, {
    operands: [results!, maps!],
    flops: 200 * sizeOf(node.shape),
    value(code, [image, y, x, channel], lanes) {
      const map = loadMap(code, maps!, image!);
      const pixel = {y: code.let(convert('f32', y!), 'y'), x: code.let(convert('f32', x!), 'x')};
      const {rows, columns} = readersOf(code, map, pixel, node.shape);
      const total = code.variable(widen(f32(0), lanes), 'total');
      code.for({...rows, name: 'i'}, (each, i) => {
        each.for({...columns, name: 'j'}, (each, j) => {
          const down = each.let(distance(rowAt(map, i, j), pixel.y), 'down');
          const right = each.let(distance(columnAt(map, i, j), pixel.x), 'right');
          each.if(all([less(down, 1), less(right, 1)]), (near) => {
            const weight = multiply(subtract(f32(1), down), subtract(f32(1), right));
            const value = loadWidth(results!, [image!, i, j, channel!], lanes);
            near.assign(total, add(total, multiply(widen(weight, lanes), value)));
          });
        });
      });
      return total;
    },
  });
}

/** Result pixel (i, j) is read at row m₀i + m₁j + m₂ and column m₃i + m₄j + m₅. */
type AffineMap = readonly Expression[];

function loadMap(code: Code, maps: Access, image: Expression): AffineMap {
  return [0, 1, 2, 3, 4, 5].map((index) => code.let(loadNumber(maps, [image, u32(index)]), 'map'));
}

function rowAt(map: AffineMap, i: Expression, j: Expression): Expression {
  return affine(map.slice(0, 3), i, j);
}

function columnAt(map: AffineMap, i: Expression, j: Expression): Expression {
  return affine(map.slice(3), i, j);
}

function affine([a, b, c]: AffineMap, i: Expression, j: Expression): Expression {
  return add(add(multiply(a!, convert('f32', i)), multiply(b!, convert('f32', j))), c!);
}

interface Bounds {
  readonly from: Expression;
  readonly below: Expression;
}

/**
 * A rectangle of result pixels with all of those that read a pixel: around the preimage of the square of side 2 about
 * it. All pixels are in it where the map is so close to singular that its inverse is not accurate to half a pixel.
 */
function readersOf(
  code: Code,
  map: AffineMap,
  {y, x}: {readonly y: Expression; readonly x: Expression},
  [, height, width]: readonly number[],
): {readonly rows: Bounds; readonly columns: Bounds} {
  const [m0, m1, m2, m3, m4, m5] = map as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const [straight, crossed] = [code.let(multiply(m0, m4)), code.let(multiply(m1, m3))];
  const determinant = code.let(subtract(straight, crossed), 'determinant');
  const size = code.let(unary('abs', determinant), 'size');
  const scale = add(unary('abs', straight), unary('abs', crossed));
  const isRegular = less(multiply(f32(0.01), scale), size);
  const [down, right] = [code.let(subtract(y, m2)), code.let(subtract(x, m5))];
  const bounds = (centre: Expression, reach: Expression, extent: number): Bounds => {
    const middle = code.let(divide(centre, determinant), 'middle');
    const margin = code.let(add(multiply(f32(1.001), divide(reach, size)), f32(0.5)), 'margin');
    const first = clamp(subtract(middle, margin), 0, extent);
    const end = clamp(add(add(middle, margin), f32(1)), 0, extent);
    return {
      from: code.let(convert('u32', select(isRegular, first, f32(0))), 'from'),
      below: code.let(convert('u32', select(isRegular, end, f32(extent))), 'below'),
    };
  };
  const [rowReach, columnReach] = [
    add(unary('abs', m4), unary('abs', m1)),
    add(unary('abs', m0), unary('abs', m3)),
  ];
  return {
    rows: bounds(subtract(multiply(m4, down), multiply(m1, right)), rowReach, height!),
    columns: bounds(subtract(multiply(m0, right), multiply(m3, down)), columnReach, width!),
  };
}

function distance(a: Expression, b: Expression): Expression {
  return unary('abs', subtract(a, b));
}

function clamp(value: Expression, least: number, most: number): Expression {
  return min(max(value, f32(least)), f32(most));
}

function wholeBelow(code: Code, value: Expression): Expression {
  return code.let(convert('i32', unary('floor', value)), 'whole');
}

function isWithin(coordinate: Expression, extent: number): readonly Expression[] {
  return [less(i32(-1), coordinate), less(coordinate, i32(extent))];
}
