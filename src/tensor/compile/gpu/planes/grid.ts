import type {Code} from '../../../kernels/code.ts';
import {
  add,
  all,
  divide,
  equal,
  less,
  min,
  multiply,
  remainder,
  thread,
  u32,
} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Shape} from '../../../shape.ts';
import type {Geometry} from './geometry.ts';
import {isStatistic} from './members.ts';

/** The planes of a cluster: the large ones, those with a pixel for each block, and single numbers. */
export type Level = 'whole' | 'pooled' | 'statistic';

/** One of the vectors that a thread has of a value. Numbers beyond the plane are in range but mean nothing. */
export interface Slot {
  readonly key: string;
  /** The thread's block, from 0. */
  readonly block: number;
  readonly y: Expression;
  readonly x: Expression;
  /** Where the vector lies in the workgroup's memory when a plane is there. */
  readonly cell: Expression;
  /** Holds if the vector is in the plane, and the thread's own; absent if it always does. */
  readonly isOwn: Expression | undefined;
}

/** Where the vectors of a thread lie. */
export class Grid {
  readonly geometry: Geometry;
  readonly image: Expression;
  /** The thread's vector of channels: among the workgroup's, and among all. */
  readonly lane: Expression;
  readonly channels: Expression;
  /** The thread's number among those with the same channels. */
  readonly position: Expression;
  readonly #slots: Readonly<Record<Level, readonly Slot[]>>;
  readonly #isWholeBlock: readonly (Expression | undefined)[];

  constructor(code: Code, geometry: Geometry, group: Expression) {
    const {channels, lanes} = geometry;
    const groups = channels / 4 / lanes;
    this.geometry = geometry;
    this.image = code.let(divide(group, groups), 'image');
    this.lane = code.let(remainder(thread, lanes), 'lane');
    this.channels = code.let(add(multiply(remainder(group, groups), lanes), this.lane), 'channels');
    this.position = code.let(divide(thread, lanes), 'position');
    const blocks = Array.from({length: geometry.blocks}, (_, i) => this.#block(code, i));
    this.#isWholeBlock = blocks.map((block) => this.#wholeBlock(code, block));
    this.#slots = {
      whole: blocks.flatMap((block) => this.#wholeSlots(code, block)),
      pooled: geometry.side === 1 ? [] : blocks.map((block) => this.#pooledSlot(code, block)),
      statistic: [this.#statisticSlot()],
    };
  }

  levelOf(shape: Shape): Level {
    if (isStatistic(shape)) return 'statistic';
    const {height, width} = this.geometry;
    return shape[1] === height && shape[2] === width ? 'whole' : 'pooled';
  }

  slots(level: Level): readonly Slot[] {
    return this.#slots[level];
  }

  /** The slots of one of the thread's blocks: pixels row by row. What has no pixels belongs to the first block. */
  slotsOf(level: Level, block: number): readonly Slot[] {
    const count = level === 'whole' ? this.geometry.side ** 2 : 1;
    return this.#slots[level].slice(block * count, (block + 1) * count);
  }

  /** Holds if all pixels of a block are in the plane; absent if that is always so. */
  isWholeBlock(block: number): Expression | undefined {
    return this.#isWholeBlock[block];
  }

  #block(code: Code, index: number): Block {
    const {height, width, side, positions} = this.geometry;
    const [down, across] = [Math.ceil(height / side), Math.ceil(width / side)];
    const number = code.let(add(this.position, index * positions), 'block');
    const isPartial = (index + 1) * positions > down * across;
    const row = divide(number, across);
    return {
      index,
      row: code.let(isPartial ? min(row, down - 1) : row, 'row'),
      column: code.let(remainder(number, across), 'column'),
      isThere: isPartial ? code.let(less(number, down * across), 'isThere') : undefined,
    };
  }

  #wholeBlock(code: Code, {row, column}: Block): Expression | undefined {
    const {height, width, side} = this.geometry;
    const conditions = [
      ...(height % side === 0 ? [] : [less(row, Math.floor(height / side))]),
      ...(width % side === 0 ? [] : [less(column, Math.floor(width / side))]),
    ];
    return named(code, conditions, 'isWhole');
  }

  #wholeSlots(code: Code, block: Block): readonly Slot[] {
    const {height, width, side} = this.geometry;
    const [rows, columns] = [
      lines(code, block.row, {side, extent: height, name: 'y'}),
      lines(code, block.column, {side, extent: width, name: 'x'}),
    ];
    return rows.flatMap((row, i) =>
      columns.map((column, j) => ({
        key: `${block.index} ${i * side + j}`,
        block: block.index,
        y: row.at,
        x: column.at,
        cell: this.#cell(code, row.at, column.at, width),
        isOwn: named(
          code,
          [block.isThere, row.isInside, column.isInside].filter((c) => c !== undefined),
          'isOwn',
        ),
      })),
    );
  }

  #pooledSlot(code: Code, block: Block): Slot {
    const {height, width, side} = this.geometry;
    const [down, across] = [Math.floor(height / side), Math.floor(width / side)];
    const clamp = (at: Expression, extent: number, isRagged: boolean): Expression =>
      isRagged ? code.let(min(at, extent - 1)) : at;
    const y = clamp(block.row, down, height % side !== 0);
    const x = clamp(block.column, across, width % side !== 0);
    const isWhole = this.#isWholeBlock[block.index];
    const conditions = [block.isThere, isWhole].filter((c) => c !== undefined);
    const isOwn = named(code, conditions, 'isOwn');
    const cell = this.#cell(code, y, x, across);
    return {key: `${block.index}`, block: block.index, y, x, cell, isOwn};
  }

  #statisticSlot(): Slot {
    const isOwn = equal(this.position, 0);
    return {key: '', block: 0, y: u32(0), x: u32(0), cell: this.lane, isOwn};
  }

  #cell(code: Code, y: Expression, x: Expression, width: number): Expression {
    const pixel = add(multiply(y, width), x);
    return code.let(add(multiply(pixel, this.geometry.lanes), this.lane), 'cell');
  }
}

interface Block {
  readonly index: number;
  readonly row: Expression;
  readonly column: Expression;
  /** Absent if every thread has this block. */
  readonly isThere: Expression | undefined;
}

/** The rows, or columns, of a block: those that may lie beyond the plane are kept in it, and say whether they do. */
function lines(
  code: Code,
  block: Expression,
  {side, extent, name}: {readonly side: number; readonly extent: number; readonly name: string},
): readonly {readonly at: Expression; readonly isInside: Expression | undefined}[] {
  const inLast = extent - (Math.ceil(extent / side) - 1) * side;
  return Array.from({length: side}, (_, line) => {
    const at = code.let(add(multiply(block, side), line), name);
    if (line < inLast) return {at, isInside: undefined};
    return {
      at: code.let(min(at, extent - 1), name),
      isInside: code.let(less(at, extent), 'isInside'),
    };
  });
}

function named(
  code: Code,
  conditions: readonly Expression[],
  name: string,
): Expression | undefined {
  const condition = all(conditions);
  return condition && code.let(condition, name);
}
