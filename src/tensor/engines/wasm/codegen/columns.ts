/** The loop over the columns of a block of rows, within a kernel for a group of elementwise operations. */
import type {ElementwiseKind} from '../../../op-traits.ts';
import type {FunctionBody, Instruction} from '../../../../wasm/assembler.ts';
import type {LoopNest, OperandLayout} from '../../../compile/cpu/loop-nest.ts';

/** What kernels call, by their numbers: the functions of these names in `assembly/elementwise.ts`. */
export const importedFunctions = ['exp', 'log', 'sigmoid'] as const;

/** What a group reads. */
export type Source =
  | {readonly kind: 'constant'; readonly value: number}
  /** A tensor, by its place among the group's, and how it lies. */
  | {readonly kind: 'tensor'; readonly tensor: number; readonly layout: OperandLayout};

/** Where a number comes from: the place of a source, or of an earlier operation. */
export type From =
  {readonly kind: 'source'; readonly of: number} | {readonly kind: 'result'; readonly of: number};

export interface KernelOperation {
  readonly kind: ElementwiseKind;
  readonly operands: readonly From[];
  /** The tensor it is stored to, by its place. */
  readonly to?: number;
}

export interface KernelSum {
  readonly of: From;
  /** The tensor of its parts, by its place. */
  readonly to: number;
}

export interface Kernel {
  readonly nest: LoopNest;
  readonly sources: readonly Source[];
  readonly operations: readonly KernelOperation[];
  readonly sums: readonly KernelSum[];
}

/** The locals that hold where a block of rows is. */
export interface Row {
  /** Bytes from the start of the columns, and where they end. */
  readonly at: number;
  readonly end: number;
  /** Of tensors, by their place: the address of the first of the columns. */
  readonly addresses: ReadonlyMap<number, number>;
  /** Of sources that are the same all along a row, by their place and where the row begins: four times the number. */
  readonly splats: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** Of sums over the columns: four sums, another of what is left over, and the sum of the rows before. */
  readonly totals: readonly {
    readonly lanes: number;
    readonly single: number;
    readonly sum: number;
  }[];
}

/** How to compute four numbers, and one. A function is called for each number. */
const operations = {
  add: {four: ['f32x4.add'], one: ['f32.add']},
  subtract: {four: ['f32x4.sub'], one: ['f32.sub']},
  multiply: {four: ['f32x4.mul'], one: ['f32.mul']},
  divide: {four: ['f32x4.div'], one: ['f32.div']},
  sqrt: {four: ['f32x4.sqrt'], one: ['f32.sqrt']},
  broadcast: {four: [], one: []},
  heaviside: 'heaviside',
  exp: 'exp',
  log: 'log',
  sigmoid: 'sigmoid',
} as const satisfies Readonly<Record<ElementwiseKind, Instructions | string>>;

interface Instructions {
  readonly four: readonly Instruction[];
  readonly one: readonly Instruction[];
}

/** Writes the loop: four numbers of each row at a time, or twice four if there is one row; then one by one. */
export function writeColumns(body: FunctionBody, kernel: Kernel, row: Row): void {
  new ColumnWriter(body, kernel, row).write();
}

/** How many numbers are computed at once. */
type Width = 4 | 1;

/** Which numbers are computed. */
interface Place {
  readonly width: Width;
  /** In bytes, from where the loop is. */
  readonly offset: number;
  /** Of the block. */
  readonly row: number;
  /** Of sources that were loaded, by their place: where the row begins of which they were. */
  readonly loaded: Map<number, number>;
}

class ColumnWriter {
  readonly #body: FunctionBody;
  readonly #kernel: Kernel;
  readonly #row: Row;
  /** What has been computed or loaded, by its name. */
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
    const times = height === 1 && inner >= 8 ? 2 : 1;
    if (inner >= 4) this.#whileFits(4, times);
    if (times === 2 && inner % 8 >= 4) this.#whileFits(4, 1);
    if (inner % 4 !== 0) this.#whileFits(1, 1);
  }

  /** Computes `times` × `width` numbers of each row as long as that many are left. */
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

  /** All operations for the numbers of each row that many bytes behind where the loop is. */
  #computeBlock(width: Width, offset: number): void {
    const body = this.#body;
    const {sums, nest} = this.#kernel;
    const type = width === 4 ? 'v128' : 'f32';
    if (nest.keepsColumns) {
      sums.forEach(({to}, i) => {
        this.#pointer(to);
        body.access(`${type}.load`, offset);
        body.set(this.#local(`sum ${i} ${width}`, width));
      });
    }
    const loaded = new Map<number, number>();
    for (let row = 0; row < nest.height; row++) this.#computeRow({width, offset, row, loaded});
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
    const {operations: list, sums, nest} = this.#kernel;
    const push = (from: From): void => this.#push(from, place);
    list.forEach(({kind, operands, to}, index) => {
      const result = this.#local(`result ${index} ${width}`, width);
      this.#apply(kind, operands, {width, push});
      body.set(result);
      if (to === undefined) return;
      this.#pointer(to);
      body.get(result);
      body.access(width === 4 ? 'v128.store' : 'f32.store', offset + 4 * row * nest.inner);
    });
    sums.forEach(({of}, i) => {
      const total = this.#totalOf(i, width);
      body.get(total);
      push(of);
      body.add(width === 4 ? 'f32x4.add' : 'f32.add');
      body.set(total);
    });
  }

  /** The local that a sum adds to. */
  #totalOf(sum: number, width: Width): number {
    if (this.#kernel.nest.keepsColumns) return this.#local(`sum ${sum} ${width}`, width);
    const {lanes, single} = this.#row.totals[sum]!;
    return width === 4 ? lanes : single;
  }

  /** Leaves the result of an operation on the stack. */
  #apply(
    kind: KernelOperation['kind'],
    operands: readonly From[],
    {width, push}: {width: Width; push: (from: From) => void},
  ): void {
    const body = this.#body;
    const how = operations[kind];
    if (typeof how === 'object') {
      operands.forEach(push);
      body.add(...(width === 4 ? how.four : how.one));
    } else if (how === 'heaviside') {
      this.#heaviside(width, () => push(operands[0]!));
    } else {
      const index = importedFunctions.indexOf(how);
      const argument = this.#local(`argument ${width}`, width);
      push(operands[0]!);
      if (width === 1) {
        body.call(index);
        return;
      }
      body.set(argument);
      body.get(argument);
      for (const lane of [0, 1, 2, 3]) {
        body.get(argument);
        body.extractLane(lane);
        body.call(index);
        body.replaceLane(lane);
      }
    }
  }

  /** 1 where a number is above 0, else 0. */
  #heaviside(width: Width, push: () => void): void {
    const body = this.#body;
    if (width === 4) {
      push();
      body.f32x4(0);
      body.add('f32x4.gt');
      body.f32x4(1);
      body.add('v128.and');
      return;
    }
    body.f32(1);
    body.f32(0);
    push();
    body.f32(0);
    body.add('f32.gt', 'select');
  }

  /** Leaves numbers on the stack, loaded the first time they are needed. */
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

  /** The address of where the loop is in a tensor. */
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
