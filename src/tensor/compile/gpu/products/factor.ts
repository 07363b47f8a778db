/**
 * How a product reads a factor. To the product both factors look the same: a factor has *rows*, which are rows of the
 * result on the left and columns of it on the right, and *depth*, which is what the product adds up along.
 */
import type {Code} from '../../../kernels/code.ts';
import {
  add,
  divide,
  equal,
  less,
  multiply,
  remainder,
  subtract,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {
  coordinatesAt,
  isAligned,
  loadNumber,
  loadVector,
  swapLast,
  type Access,
} from '../access.ts';
import type {Convolution, Extents, Factor} from '../node.ts';

export type Axis = 'rows' | 'depth';

/** What a reader needs to know of a coordinate: computed once for all numbers there. */
export type Place = readonly Expression[];

/** A number or four of them; where a condition does not hold it is zero, and must not be read. */
export interface Cell {
  readonly conditions: readonly Expression[];
  readonly value: Expression;
}

export interface FactorReader {
  /** The axis along which numbers lie beside each other, or nearer than along the other. */
  readonly inner: Axis;
  /** Whether four numbers along the inner axis are read at once; coordinates on it then count vectors. */
  readonly isVector: boolean;
  place(code: Code, axis: Axis, coordinate: Expression): Place;
  cell(rows: Place, depth: Place): Cell;
}

export interface FactorPlace {
  readonly factor: Factor;
  readonly access: Access;
  readonly side: 'left' | 'right';
  readonly batch: Expression;
  /** Set to read numbers only, one by one. */
  readonly isScalar?: boolean;
}

export function factorReader(place: FactorPlace): FactorReader {
  const {factor} = place;
  switch (factor.kind) {
    case 'matrix':
      return matrixReader(place, factor.isTransposed);
    case 'patches': {
      const pixels = (place.side === 'left') === factor.isTransposed ? 'depth' : 'rows';
      return patchReader(place, pixels, patchesOf(factor));
    }
    case 'cotangentPatches': {
      const pixels = place.side === 'left' ? 'rows' : 'depth';
      return patchReader(place, pixels, cotangentPatchesOf(factor));
    }
  }
}

function other(axis: Axis): Axis {
  return axis === 'rows' ? 'depth' : 'rows';
}

function matrixReader(
  {access, side, batch, isScalar}: FactorPlace,
  isTransposed: boolean,
): FactorReader {
  const last: Axis = (side === 'left') === isTransposed ? 'rows' : 'depth';
  const turned = swapLast(access);
  const candidates = [
    {view: access, inner: last},
    {view: turned, inner: other(last)},
  ];
  const vectors = isScalar ? undefined : candidates.find(({view}) => hasVectors(view));
  const {view, inner} =
    vectors ?? candidates.find(({view: {strides}}) => strides.at(-1) === 1) ?? candidates[0]!;
  const load = vectors === undefined ? loadNumber : loadVector;
  const outermost = access.shape.length === 3 ? [batch] : [];
  return {
    inner,
    isVector: vectors !== undefined,
    place: (_, __, coordinate) => [coordinate],
    cell(rows, depth) {
      const [outer, within] = inner === 'depth' ? [rows, depth] : [depth, rows];
      return {conditions: [], value: load(view, [...outermost, ...outer, ...within])};
    },
  };
}

function hasVectors(access: Access): boolean {
  if (access.shape.at(-1)! % 4 !== 0) return false;
  if (access.constant !== undefined) return true;
  if (access.parts !== undefined && access.parts.step % 4 !== 0) return false;
  return isAligned(access) || (access.through === undefined && access.strides.at(-1) === 0);
}

/** Pixels on one axis; on the other, what each of them sees at a place of the filter, channels innermost. */
interface Patches {
  /** Of what is read: [n, h, w, channels]. */
  readonly extents: Extents;
  /** Rows and columns of pixels. */
  readonly pixels: readonly [number, number];
  /** Of the filter. */
  readonly side: number;
  /** A pixel's row or column as far as it does not depend on the place in the filter. */
  readonly shift: (line: Expression) => Expression;
  /** The row or column that it reads there. */
  readonly line: (shifted: Expression, tap: Expression, extent: number) => Line;
}

interface Line {
  /** Numbers below zero have wrapped around. */
  readonly at: Expression;
  /** That there is such a row or column. */
  readonly conditions: readonly Expression[];
}

function patchesOf({window: {stride, pad}, side, images, result}: Convolution): Patches {
  return {
    extents: images,
    pixels: [result[1], result[2]],
    side,
    shift: (line) => below(multiply(line, stride), pad),
    line: (shifted, tap, extent) => {
      const at = add(shifted, tap);
      const isOutside = at.kind === 'literal' && at.value >= extent;
      if (isOutside) return {at: u32(0), conditions: [less(1, 0)]};
      return {at, conditions: pad === 0 ? [] : [less(at, extent)]};
    },
  };
}

function cotangentPatchesOf({window: {stride, pad}, side, images, result}: Convolution): Patches {
  return {
    extents: result,
    pixels: [images[1], images[2]],
    side,
    shift: (line) => add(line, pad),
    line: (shifted, tap, extent) => {
      const from = subtract(shifted, tap);
      const at = divide(from, stride);
      const isWhole = stride === 1 ? [] : [equal(remainder(from, stride), 0)];
      return {at, conditions: [less(at, extent), ...isWhole]};
    },
  };
}

/** The difference, wrapped around where it is below zero. */
function below(value: Expression, by: number): Expression {
  return value.kind === 'literal' ? u32((value.value - by) >>> 0) : subtract(value, by);
}

function patchReader(
  {access, isScalar}: FactorPlace,
  pixels: Axis,
  {extents, pixels: [down, across], side, shift, line}: Patches,
): FactorReader {
  const [n, height, width, channels] = extents;
  const isVector = !isScalar && hasVectors(access);
  const load = isVector ? loadVector : loadNumber;
  return {
    inner: other(pixels),
    isVector,
    place(code, axis, coordinate) {
      if (axis !== pixels) {
        const taps = [side, side, isVector ? channels / 4 : channels];
        return coordinatesAt(coordinate, taps).map((at) => code.let(at, 'tap'));
      }
      const [image, y, x] = coordinatesAt(coordinate, [n, down, across]);
      return [image!, shift(y!), shift(x!)].map((at) => code.let(at, 'pixel'));
    },
    cell(rows, depth) {
      const [pixel, tap] = pixels === 'rows' ? [rows, depth] : [depth, rows];
      const y = line(pixel[1]!, tap[0]!, height);
      const x = line(pixel[2]!, tap[1]!, width);
      return {
        conditions: [...y.conditions, ...x.conditions],
        value: load(access, [pixel[0]!, y.at, x.at, tap[2]!]),
      };
    },
  };
}
