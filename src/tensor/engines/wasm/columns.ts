/** The loop over the columns of a row, within a kernel for a group of elementwise operations. */
import {importedFunctions, type FunctionBody, type Instruction} from './machine-code.ts';
import type {Walk} from './space.ts';

/** What a group reads. */
export type Source =
  | {readonly kind: 'constant'; readonly value: number}
  /** A tensor, by its place among the group's, and its strides. */
  | {readonly kind: 'tensor'; readonly tensor: number; readonly strides: Walk['strides'][number]};

/** Where a number comes from: the place of a source, or of an earlier operation. */
export type From =
  {readonly kind: 'source'; readonly of: number} | {readonly kind: 'result'; readonly of: number};

export interface KernelOperation {
  readonly kind: keyof typeof operations;
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
  readonly walk: Walk;
  readonly sources: readonly Source[];
  readonly operations: readonly KernelOperation[];
  readonly sums: readonly KernelSum[];
}

/** The locals that hold where a row is. */
export interface Row {
  /** Bytes from the start of the columns, and where they end. */
  readonly at: number;
  readonly end: number;
  /** Of tensors, by their place: the address of the first of the columns. */
  readonly addresses: ReadonlyMap<number, number>;
  /** Of sources that are the same all along a row, by their place: four times the number. */
  readonly splats: ReadonlyMap<number, number>;
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
  step: 'step',
  exp: 'exp',
  log: 'log',
  sigmoid: 'sigmoid',
} as const satisfies Readonly<
  Record<
    string,
    {readonly four: readonly Instruction[]; readonly one: readonly Instruction[]} | string
  >
>;

/** Writes the loop: twice four numbers at a time, then four, then one. */
export function writeColumns(body: FunctionBody, kernel: Kernel, row: Row): void {
  new ColumnWriter(body, kernel, row).write();
}

/** How many numbers are computed at once. */
type Width = 4 | 1;

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
    const {inner} = this.#kernel.walk;
    body.i32(0);
    body.set(this.#row.at);
    if (inner >= 8) this.#whileFits(4, 2);
    if (inner >= 4 && inner % 8 !== 0) this.#whileFits(4, 1);
    if (inner % 4 !== 0) this.#whileFits(1, 1);
  }

  /** Computes `times` × `width` numbers as long as so many are left. */
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
    for (let i = 0; i < times; i++) this.#compute(width, 4 * width * i);
    body.get(this.#row.at);
    body.i32(bytes);
    body.add('i32.add');
    body.set(this.#row.at);
    body.branch(1);
    body.add('end', 'end');
  }

  /** All operations for the numbers so many bytes behind where the loop is. */
  #compute(width: Width, offset: number): void {
    const body = this.#body;
    const {operations: list, sums, walk} = this.#kernel;
    const loaded = new Set<string>();
    const push = (from: From): void => this.#push(from, {width, offset, loaded});
    list.forEach(({kind, operands, to}, index) => {
      const result = this.#local(`result ${index} ${width}`, width);
      this.#apply(kind, operands, {width, push});
      body.set(result);
      if (to === undefined) return;
      this.#pointer(to);
      body.get(result);
      body.access(width === 4 ? 'v128.store' : 'f32.store', offset);
    });
    sums.forEach(({of, to}, i) => {
      const add = width === 4 ? 'f32x4.add' : 'f32.add';
      if (walk.keepsColumns) {
        this.#pointer(to);
        this.#pointer(to);
        body.access(width === 4 ? 'v128.load' : 'f32.load', offset);
        push(of);
        body.add(add);
        body.access(width === 4 ? 'v128.store' : 'f32.store', offset);
        return;
      }
      const total = width === 4 ? this.#row.totals[i]!.lanes : this.#row.totals[i]!.single;
      body.get(total);
      push(of);
      body.add(add);
      body.set(total);
    });
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
    } else if (how === 'step') {
      this.#step(width, () => push(operands[0]!));
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
  #step(width: Width, push: () => void): void {
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
  #push(
    from: From,
    {width, offset, loaded}: {width: Width; offset: number; loaded: Set<string>},
  ): void {
    const body = this.#body;
    if (from.kind === 'result') {
      body.get(this.#locals.get(`result ${from.of} ${width}`)!);
      return;
    }
    const source = this.#kernel.sources[from.of]!;
    const splat = this.#row.splats.get(from.of);
    if (source.kind === 'constant') {
      if (width === 4) body.f32x4(source.value);
      else body.f32(source.value);
    } else if (splat !== undefined) {
      body.get(splat);
      if (width === 1) body.extractLane(0);
    } else {
      const name = `source ${from.of} ${width}`;
      const local = this.#local(name, width);
      if (!loaded.has(name)) {
        this.#load(source, width, offset);
        body.set(local);
      }
      loaded.add(name);
      body.get(local);
    }
  }

  #load({tensor, strides}: Extract<Source, {kind: 'tensor'}>, width: Width, offset: number): void {
    const body = this.#body;
    const step = strides.inner;
    if (step === 1) {
      this.#pointer(tensor);
      body.access(width === 4 ? 'v128.load' : 'f32.load', offset);
      return;
    }
    const one = (lane: number): void => {
      body.get(this.#row.addresses.get(tensor)!);
      body.get(this.#row.at);
      body.i32(step);
      body.add('i32.mul', 'i32.add');
      body.access('f32.load', step * (offset + 4 * lane));
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
