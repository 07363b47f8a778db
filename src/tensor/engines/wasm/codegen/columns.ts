/** The loop over the columns of a block of rows, within a kernel for a group of elementwise operations. */
import type {FunctionBody} from '../../../../wasm/assembler.ts';
import type {From, Kernel, Source} from './kernel.ts';
import {writeOperation, type Width} from './operation.ts';

/** The locals that hold the position of a block of rows. */
export interface Row {
  /** Byte offset of the current column from the start of the columns, and where the columns end. */
  readonly at: number;
  readonly end: number;
  /** Tensor index → the address of its first column. */
  readonly addresses: ReadonlyMap<number, number>;
  /** Index of a source that is constant along a row → start of the row → four copies of its number. */
  readonly splats: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** For each pool: −1 if the small images have been written to at this block of rows, otherwise 0; once, and four times. */
  readonly begun: readonly {readonly flag: number; readonly mask: number}[];
  /**
   * For each sum over the columns: four partial sums, one for the remaining columns, and the sum of the rows before.
   */
  readonly totals: readonly {
    readonly lanes: number;
    readonly single: number;
    readonly sum: number;
  }[];
}

/** Writes the loop: four numbers of each row at a time, or several fours if there is one row; then one by one. */
export function writeColumns(body: FunctionBody, kernel: Kernel, row: Row): void {
  new ColumnWriter(body, kernel, row).write();
}

/**
 * How often the loop is unrolled: what V8 computes once for equal addresses serves this many fours. Measured: an eighth
 * faster than 2.
 */
const mostTimes = 4;

/** The numbers that are being computed. */
interface Place {
  readonly width: Width;
  /** Offset from the position of the loop, in bytes. */
  readonly offset: number;
  /** The row of the block. */
  readonly row: number;
  /** Index of a loaded source → start of the row that it was loaded from. */
  readonly loaded: Map<number, number>;
}

class ColumnWriter {
  readonly #body: FunctionBody;
  readonly #kernel: Kernel;
  readonly #row: Row;
  /** Locals that hold computed or loaded numbers, by name. */
  readonly #locals = new Map<string, number>();

  constructor(body: FunctionBody, kernel: Kernel, row: Row) {
    this.#body = body;
    this.#kernel = kernel;
    this.#row = row;
  }

  write(): void {
    const body = this.#body;
    const {inner, height} = this.#kernel.nest;
    body.i32(0);
    body.set(this.#row.at);
    const times = height === 1 ? Math.max(1, Math.min(mostTimes, Math.floor(inner / 4))) : 1;
    if (inner >= 4) this.#whileFits(4, times);
    // A strip of columns may be shorter than the row.
    if (times > 1) this.#whileFits(4, 1);
    if (inner % 4 !== 0) this.#whileFits(1, 1);
  }

  /** Writes a loop that computes `times` × `width` numbers of each row while that many remain. */
  #whileFits(width: Width, times: number): void {
    const body = this.#body;
    const bytes = 4 * width * times;
    body.add('loop');
    body.get(this.#row.at);
    body.i32(bytes);
    body.add('i32.add');
    body.get(this.#row.end);
    body.add('i32.le_u');
    body.add('if');
    for (let i = 0; i < times; i++) this.#computeBlock(width, 4 * width * i);
    body.get(this.#row.at);
    body.i32(bytes);
    body.add('i32.add');
    body.set(this.#row.at);
    body.branch(1);
    body.add('end', 'end');
  }

  /** Writes all operations for the numbers of each row at an offset, in bytes, from the position of the loop. */
  #computeBlock(width: Width, offset: number): void {
    const body = this.#body;
    const {sums, pools, nest} = this.#kernel;
    const type = width === 4 ? 'v128' : 'f32';
    if (nest.keepsColumns) {
      sums.forEach(({to}, i) => {
        this.#pointer(to);
        body.access(`${type}.load`, offset);
        body.set(this.#local(`sum ${i} ${width}`, width));
      });
    }
    pools.forEach((_, i) => this.#loadPool(i, {width, offset}));
    const loaded = new Map<number, number>();
    for (let row = 0; row < nest.height; row++) this.#computeRow({width, offset, row, loaded});
    pools.forEach((_, i) => this.#storePool(i, {width, offset}));
    if (!nest.keepsColumns) return;
    sums.forEach(({to}, i) => {
      this.#pointer(to);
      body.get(this.#local(`sum ${i} ${width}`, width));
      body.access(`${type}.store`, offset);
    });
  }

  #computeRow(place: Place): void {
    const body = this.#body;
    const {width, offset, row} = place;
    const {operations: list, sums, pools, nest} = this.#kernel;
    const push = (from: From): void => this.#push(from, place);
    list.forEach(({kind, operands, to}, index) => {
      const result = this.#local(`result ${index} ${width}`, width);
      const pushes = operands.map((from) => () => push(from));
      const argument = (): number => this.#local(`argument ${width}`, width);
      writeOperation(body, kind, {width, pushes, argument});
      body.set(result);
      if (to === undefined) return;
      this.#pointer(to);
      body.get(result);
      body.access(width === 4 ? 'v128.store' : 'f32.store', offset + 4 * row * nest.inner);
    });
    pools.forEach(({of, share, layout}, i) => {
      const total = this.#poolLocal(i, layout.rows[row]!, width);
      body.get(total);
      push(of);
      if (width === 4) {
        body.f32x4(share);
        body.add('f32x4.mul', 'f32x4.add');
      } else {
        body.f32(share);
        body.add('f32.mul', 'f32.add');
      }
      body.set(total);
    });
    sums.forEach(({of}, i) => {
      const total = this.#totalOf(i, width);
      body.get(total);
      push(of);
      body.add(width === 4 ? 'f32x4.add' : 'f32.add');
      body.set(total);
    });
  }

  /** Loads what the small images have of the blocks that these numbers belong to: nothing, if these are the first. */
  #loadPool(index: number, {width, offset}: Pick<Place, 'width' | 'offset'>): void {
    const body = this.#body;
    const {to, layout} = this.#kernel.pools[index]!;
    const {flag, mask} = this.#row.begun[index]!;
    for (const start of new Set(layout.rows)) {
      this.#pointer(to);
      if (width === 4) {
        body.access('v128.load', offset + 4 * start);
        body.get(mask);
        body.add('v128.and');
      } else {
        body.access('f32.load', offset + 4 * start);
        body.f32(0);
        body.get(flag);
        body.add('select');
      }
      body.set(this.#poolLocal(index, start, width));
    }
  }

  #storePool(index: number, {width, offset}: Pick<Place, 'width' | 'offset'>): void {
    const {to, layout} = this.#kernel.pools[index]!;
    for (const start of new Set(layout.rows)) {
      this.#pointer(to);
      this.#body.get(this.#poolLocal(index, start, width));
      this.#body.access(width === 4 ? 'v128.store' : 'f32.store', offset + 4 * start);
    }
  }

  #poolLocal(index: number, start: number, width: Width): number {
    return this.#local(`pool ${index} ${start} ${width}`, width);
  }

  /** The local that a sum accumulates in. */
  #totalOf(sum: number, width: Width): number {
    if (this.#kernel.nest.keepsColumns) return this.#local(`sum ${sum} ${width}`, width);
    const {lanes, single} = this.#row.totals[sum]!;
    return width === 4 ? lanes : single;
  }

  /** Pushes numbers on the stack; they are loaded when they are first needed. */
  #push(from: From, {width, offset, row, loaded}: Place): void {
    const body = this.#body;
    if (from.kind === 'result') {
      body.get(this.#locals.get(`result ${from.of} ${width}`)!);
      return;
    }
    const source = this.#kernel.sources[from.of]!;
    if (source.kind === 'constant') {
      if (width === 4) body.f32x4(source.value);
      else body.f32(source.value);
      return;
    }
    const start = source.layout.rows[row]!;
    const splat = this.#row.splats.get(from.of)?.get(start);
    if (splat !== undefined) {
      body.get(splat);
      if (width === 1) body.extractLane(0);
      return;
    }
    const local = this.#local(`source ${from.of} ${width}`, width);
    if (loaded.get(from.of) !== start) {
      this.#load(source, {width, offset, start});
      body.set(local);
    }
    loaded.set(from.of, start);
    body.get(local);
  }

  #load(
    {tensor, layout}: Extract<Source, {kind: 'tensor'}>,
    {width, offset, start}: {width: Width; offset: number; start: number},
  ): void {
    const body = this.#body;
    const step = layout.inner;
    if (step === 1) {
      this.#pointer(tensor);
      body.access(width === 4 ? 'v128.load' : 'f32.load', offset + 4 * start);
      return;
    }
    const one = (lane: number): void => {
      body.get(this.#row.addresses.get(tensor)!);
      body.get(this.#row.at);
      body.i32(step);
      body.add('i32.mul', 'i32.add');
      body.access('f32.load', step * (offset + 4 * lane) + 4 * start);
    };
    one(0);
    if (width === 1) return;
    body.add('f32x4.splat');
    for (const lane of [1, 2, 3]) {
      one(lane);
      body.replaceLane(lane);
    }
  }

  /** Pushes the address of the loop's position in a tensor. */
  #pointer(tensor: number): void {
    this.#body.get(this.#row.addresses.get(tensor)!);
    this.#body.get(this.#row.at);
    this.#body.add('i32.add');
  }

  /** A local by its name. */
  #local(name: string, width: Width): number {
    let local = this.#locals.get(name);
    if (local === undefined) {
      local = this.#body.local(width === 4 ? 'v128' : 'f32');
      this.#locals.set(name, local);
    }
    return local;
  }
}
