import type {Code} from '../../../kernels/code.ts';
import {add, less, min, multiply, subtract, u32} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';

/** A row or column of what lies under a tile. */
export interface Line {
  /** Where it is in the plane, times `scale`; in range even if it is beyond. */
  readonly at: Expression;
  /** Holds if it is in the plane; absent if it always is. */
  readonly isInside: Expression | undefined;
}

/** Tiles along one axis of a plane. Tile t has `count` lines, from t · `step` − `pad` on. */
export interface Tiling {
  readonly tiles: number;
  readonly step: number;
  readonly pad: number;
  readonly count: number;
  readonly extent: number;
  readonly scale: number;
}

/** All lines of a tile; `undefined` for those that are beyond the plane for all tiles. */
export function linesUnder(
  code: Code,
  tile: Expression,
  tiling: Tiling,
): readonly (Line | undefined)[] {
  const {tiles, step, pad, count, extent, scale} = tiling;
  return Array.from({length: count}, (_, line) => {
    const [first, last] = [line - pad, (tiles - 1) * step + line - pad];
    if (last < 0 || first >= extent) return undefined;
    if (tiles === 1) return {at: u32(first * scale), isInside: undefined};
    return lineWithin(code, {tile, line, first, last}, tiling);
  });
}

/** One line of a tile, which differs among threads. */
export function lineUnder(code: Code, tile: Expression, line: Expression, tiling: Tiling): Line {
  const {tiles, step, pad, count} = tiling;
  const last = (tiles - 1) * step + count - 1 - pad;
  return lineWithin(code, {tile, line, first: -pad, last}, tiling);
}

/** A line of which it is known between which lines of the plane it lies. */
function lineWithin(
  code: Code,
  {
    tile,
    line,
    first,
    last,
  }: {
    readonly tile: Expression;
    readonly line: Expression | number;
    readonly first: number;
    readonly last: number;
  },
  {step, pad, extent, scale}: Tiling,
): Line {
  const padded = add(multiply(tile, step), line);
  // Below zero it wraps around to a number that is beyond the plane, too.
  const at = code.let(subtract(padded, pad), 'at');
  if (first >= 0 && last < extent)
    return {at: code.let(multiply(at, scale), 'at'), isInside: undefined};
  return {
    at: code.let(multiply(min(at, extent - 1), scale), 'at'),
    isInside: code.let(less(at, extent), 'isInside'),
  };
}
