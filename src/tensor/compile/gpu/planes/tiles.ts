/**
 * Tiles of Winograd's maps in a workgroup. A map is applied to rows and then to columns, so that a thread has one row, or
 * one column, of a tile: few registers, and work for many threads. Rows are handed to columns through the workgroup's
 * memory, behind the plane that lies there; as many tiles as it holds make a round.
 */
import type {Code} from '../../../kernels/code.ts';
import {add, all, divide, less, multiply, remainder, shared} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import {mapRectangle, matrixOf} from '../kernels/winograd.ts';
import type {Geometry} from './geometry.ts';
import type {Grid} from './grid.ts';
import {imagesOf, type PlaneMap} from './members.ts';
import {lineUnder, linesUnder, type Line, type Tiling} from './window.ts';

export interface Rounds {
  /** Tiles of a round. */
  readonly tiles: number;
  /** Vectors of the workgroup's memory before those that rows hand to columns: the plane. */
  readonly before: number;
  /** All of its vectors. */
  readonly cells: number;
}

/** @param cells the vectors that a workgroup's memory has at most */
export function roundsOf(op: PlaneMap, geometry: Geometry, cells: number): Rounds {
  const {lanes, positions} = geometry;
  const [, height, width] = imagesOf(op);
  const matrix = matrixOf(op);
  const before = height * width * lanes;
  const each = matrix.length * matrix[0]!.length * lanes;
  const count = op.down * op.across;
  const most = Math.min(Math.floor(positions / (op.tile + 2)), Math.floor((cells - before) / each));
  // Rounds of about the same size need less memory than full ones and a rest.
  const tiles = Math.ceil(count / Math.ceil(count / most));
  return {tiles, before, cells: before + tiles * each};
}

/** A pixel under a tile, or of a tile. */
export interface Pixel {
  /** Its place in the workgroup's memory; in range even if it is beyond the plane. */
  readonly cell: Expression;
  /** Holds if it is in the plane; absent if it always is. */
  readonly isInside: Expression | undefined;
}

/** The row or column of a tile that a thread has in a round. */
export class TileLine {
  /** Its number in the tile. */
  readonly line: Expression;
  /** Holds if there is such a tile, and a line for this thread; absent if there always is. */
  readonly isThere: Expression | undefined;
  readonly #grid: Grid;
  readonly #op: PlaneMap;
  readonly #rounds: Rounds;
  /** The number of the tile in its round, and in its image. */
  readonly #inRound: Expression;
  readonly #tile: Expression;

  /**
   * @param count the lines of a tile
   * @param first the first tile of the round
   */
  constructor(code: Code, {grid, op, rounds, first}: MapRound, count: number) {
    const tiles = op.down * op.across;
    this.#grid = grid;
    this.#op = op;
    this.#rounds = rounds;
    this.line = code.let(divide(grid.position, rounds.tiles), 'line');
    this.#inRound = code.let(remainder(grid.position, rounds.tiles), 'inRound');
    this.#tile = code.let(add(first, this.#inRound), 'tile');
    const isThere = all([
      ...(grid.geometry.positions === rounds.tiles * count ? [] : [less(this.line, count)]),
      ...(tiles % rounds.tiles === 0 ? [] : [less(this.#tile, tiles)]),
    ]);
    this.isThere = isThere && code.let(isThere, 'isThere');
  }

  /** The coordinates of a point. */
  point(row: Expression | number, column: Expression | number): readonly Expression[] {
    const {tile, down, across} = this.#op;
    const {image, channels} = this.#grid;
    const point = add(multiply(row, tile + 2), column);
    return [point, add(multiply(image, down * across), this.#tile), channels];
  }

  /** The pixels of the row, from left to right; `undefined` for those that are beyond the plane for all tiles. */
  rowPixels(code: Code): readonly (Pixel | undefined)[] {
    const [rows, columns] = this.#tilings();
    const [row, column] = this.#place(code);
    const own = lineUnder(code, row, this.line, rows);
    return linesUnder(code, column, columns).map((other) => this.#pixel(own, other));
  }

  /** The pixels of the column, from top to bottom. */
  columnPixels(code: Code): readonly (Pixel | undefined)[] {
    const [rows, columns] = this.#tilings();
    const [row, column] = this.#place(code);
    const own = lineUnder(code, column, this.line, columns);
    return linesUnder(code, row, rows).map((other) => this.#pixel(own, other));
  }

  /** Maps the row to one that is as long as columns are many, for columns to take. */
  mapRow(code: Code, read: (column: number) => Expression): void {
    const matrix = matrixOf(this.#op);
    const begin = code.let(multiply(this.line, matrix.length), 'begin');
    mapRectangle(
      code,
      {rows: [[1]], columns: matrix},
      (_, column) => read(column),
      (_, column, value) => code.storeShared(this.#handed(add(begin, column)), value),
    );
  }

  /** Maps the column, of what rows handed on. */
  mapColumn(code: Code, write: (row: number, value: Expression) => void): void {
    const matrix = matrixOf(this.#op);
    mapRectangle(
      code,
      {rows: matrix, columns: [[1]]},
      (row) => shared(this.#handed(add(this.line, row * matrix.length))),
      (row, _, value) => write(row, value),
    );
  }

  /** Where the workgroup's memory has a number between rows and columns: tiles beside each other are so there. */
  #handed(index: Expression): Expression {
    const {tiles, before} = this.#rounds;
    const {geometry, lane} = this.#grid;
    const vector = add(multiply(index, tiles), this.#inRound);
    return add(add(multiply(vector, geometry.lanes), lane), before);
  }

  #place(code: Code): readonly [Expression, Expression] {
    const {across} = this.#op;
    return [
      code.let(divide(this.#tile, across), 'row'),
      code.let(remainder(this.#tile, across), 'column'),
    ];
  }

  #tilings(): readonly [Tiling, Tiling] {
    const {down, across, tile, pad, kind} = this.#op;
    const [, height, width] = imagesOf(this.#op);
    const {lanes} = this.#grid.geometry;
    const isWindow = kind === 'transformInput' || kind === 'transformInputTranspose';
    const each = {step: tile, pad: isWindow ? pad : 0, count: isWindow ? tile + 2 : tile};
    return [
      {...each, tiles: down, extent: height, scale: width * lanes},
      {...each, tiles: across, extent: width, scale: lanes},
    ];
  }

  #pixel(own: Line, other: Line | undefined): Pixel | undefined {
    if (other === undefined) return undefined;
    const conditions = [own.isInside, other.isInside].filter((c) => c !== undefined);
    return {
      cell: add(add(own.at, other.at), this.#grid.lane),
      isInside: all(conditions),
    };
  }
}

export interface MapRound {
  readonly grid: Grid;
  readonly op: PlaneMap;
  readonly rounds: Rounds;
  /** Its first tile. */
  readonly first: Expression;
}
