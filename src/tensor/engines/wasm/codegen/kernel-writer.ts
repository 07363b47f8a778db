/**
 * Writes the kernel of a group of elementwise operations: a loop over blocks of rows, and in it one over the columns,
 * four numbers at a time (`columns.ts`). All intermediate results stay in registers.
 */
import {sizeOf} from '../../../shape.ts';
import {writeColumns, type Row} from './columns.ts';
import type {Kernel, Source} from './kernel.ts';
import {importedFunctions} from './operation.ts';
import {FunctionBody, moduleOf} from '../../../../wasm/assembler.ts';
import type {OperandLayout} from '../../../compile/cpu/loop-nest.ts';

/** The parameters of kernels: see `assembly/elementwise.ts`. */
const parameters = {bases: 0, block: 1, stop: 2, column: 3, columns: 4, part: 5, task: 6} as const;
const parameterCount = Object.keys(parameters).length;

/** A module that exports these kernels by index: '0', '1', …. It imports memory and functions from `env`. */
export function kernelModule(bodies: readonly Uint8Array[]): Uint8Array {
  return moduleOf(
    bodies.map((body, place) => [String(place), body] as const),
    {parameters: parameterCount, isShared: true, imported: importedFunctions},
  );
}

/** The body of the kernel's function. */
export function generateKernel(kernel: Kernel): Uint8Array {
  return new KernelWriter(kernel).write();
}

/**
 * How a tensor's address changes from block to block: not at all, in the same way as the results', or in its own way.
 */
type Way = 'fixed' | 'own' | 'strided';

interface Addressed {
  readonly tensor: number;
  readonly way: Way;
  readonly offset: () => void;
}

class KernelWriter {
  readonly #kernel: Kernel;
  readonly #body = new FunctionBody(parameterCount);
  readonly #row: Row;
  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    const body = this.#body;
    const {nest, sources, sums, pools} = kernel;
    this.#row = {
      at: body.local('i32'),
      end: body.local('i32'),
      addresses: new Map(this.#tensors().map(({tensor}) => [tensor, body.local('i32')])),
      splats: new Map(
        sources.flatMap((source, place) =>
          source.kind === 'tensor' && source.layout.inner === 0
            ? [[place, new Map(source.layout.rows.map((start) => [start, body.local('v128')]))]]
            : [],
        ),
      ),
      begun: pools.map(() => ({flag: body.local('i32'), mask: body.local('v128')})),
      totals: nest.keepsColumns
        ? []
        : sums.map(() => ({
            lanes: body.local('v128'),
            single: body.local('f32'),
            sum: body.local('f64'),
          })),
    };
  }

  write(): Uint8Array {
    const body = this.#body;
    const tensors = this.#tensors();
    body.get(parameters.columns);
    body.i32(4);
    body.add('i32.mul');
    body.set(this.#row.end);
    for (const {tensor, way, offset} of tensors) if (way !== 'strided') this.#find(tensor, offset);
    this.#splat('fixed');
    body.add('loop');
    body.get(parameters.block);
    body.get(parameters.stop);
    body.add('i32.lt_u', 'if');
    for (const {tensor, way, offset} of tensors) if (way === 'strided') this.#find(tensor, offset);
    this.#splat('own');
    this.#splat('strided');
    this.#kernel.pools.forEach(({layout}, i) => this.#begin(layout, this.#row.begun[i]!));
    writeColumns(body, this.#kernel, this.#row);
    this.#row.totals.forEach((_, i) => this.#addLanes(i));
    for (const {tensor, way} of tensors) if (way === 'own') this.#advance(tensor);
    this.#increase(parameters.block, 1);
    body.branch(1);
    body.add('end', 'end');
    this.#storeTotals();
    return body.finish();
  }

  /** All tensors whose addresses are needed along a row, with the way they change and code that pushes their offset. */
  #tensors(): readonly Addressed[] {
    const {sources, operations, sums, pools, nest} = this.#kernel;
    const own = {way: 'own' as const, offset: () => this.#stridedOffset(nest.layouts.at(-1)!)};
    const part = {way: 'fixed' as const, offset: () => this.#partOffset()};
    const at = (tensor: number, layout: OperandLayout): Addressed => ({
      tensor,
      way: this.#wayOf(layout),
      offset: () => this.#stridedOffset(layout),
    });
    return [
      ...sources.flatMap((source) =>
        source.kind === 'constant' ? [] : at(source.tensor, source.layout),
      ),
      ...operations.flatMap(({to}) => (to === undefined ? [] : {tensor: to, ...own})),
      ...pools.map(({to, layout}) => at(to, layout)),
      ...(nest.keepsColumns ? sums.map(({to}) => ({tensor: to, ...part})) : []),
    ];
  }

  #wayOf({outer, inner}: OperandLayout): Way {
    if (outer.every((step) => step === 0)) return 'fixed';
    const own = this.#kernel.nest.layouts.at(-1)!;
    const isOwn = inner === own.inner && outer.every((step, axis) => step === own.outer[axis]);
    return isOwn ? 'own' : 'strided';
  }

  /** Sets the address of a tensor to its start plus an offset in numbers. */
  #find(tensor: number, offset: () => void): void {
    const body = this.#body;
    body.get(parameters.bases);
    body.access('i32.load', 4 * tensor);
    offset();
    body.i32(4);
    body.add('i32.mul', 'i32.add');
    body.set(this.#row.addresses.get(tensor)!);
  }

  #advance(tensor: number): void {
    const {inner, height} = this.#kernel.nest;
    this.#increase(this.#row.addresses.get(tensor)!, 4 * inner * height);
  }

  #increase(local: number, by: number): void {
    this.#body.get(local);
    this.#body.i32(by);
    this.#body.add('i32.add');
    this.#body.set(local);
  }

  /** Loads the sources that have one number for a whole row. */
  #splat(way: Way): void {
    const body = this.#body;
    for (const [place, splats] of this.#row.splats) {
      const {tensor, layout} = this.#kernel.sources[place] as Extract<Source, {kind: 'tensor'}>;
      if (this.#wayOf(layout) !== way) continue;
      for (const [start, splat] of splats) {
        body.get(this.#row.addresses.get(tensor)!);
        body.access('v128.load32_splat', 4 * start);
        body.set(splat);
      }
    }
  }

  /** Pushes the offset of the columns among the parts of sums. */
  #partOffset(): void {
    const body = this.#body;
    body.get(parameters.part);
    body.i32(this.#kernel.nest.inner);
    body.add('i32.mul');
    body.get(parameters.column);
    body.add('i32.add');
  }

  #stridedOffset({outer, inner}: OperandLayout): void {
    const body = this.#body;
    body.get(parameters.column);
    body.i32(inner);
    body.add('i32.mul');
    outer.forEach((step, axis) => {
      if (step === 0) return;
      this.#index(axis);
      body.i32(step);
      body.add('i32.mul', 'i32.add');
    });
  }

  /** Pushes the index of the block of rows along an axis. */
  #index(axis: number): void {
    const body = this.#body;
    const extents = this.#kernel.nest.outer;
    body.get(parameters.block);
    body.i32(sizeOf(extents.slice(axis + 1)));
    body.add('i32.div_u');
    if (axis === 0) return;
    body.i32(extents[axis]!);
    body.add('i32.rem_u');
  }

  /** Finds whether a block of rows was added to the row of small images before this one: −1 if so, otherwise 0. */
  #begin({outer}: OperandLayout, {flag, mask}: Row['begun'][number]): void {
    const body = this.#body;
    body.i32(0);
    outer.forEach((step, axis) => {
      if (step !== 0) return;
      this.#index(axis);
      body.add('i32.add');
    });
    body.i32(0);
    body.add('i32.eq');
    body.i32(1);
    body.add('i32.sub');
    body.set(flag);
    body.get(flag);
    body.add('i32x4.splat');
    body.set(mask);
  }

  /** Adds the partial sums of a row to a sum. */
  #addLanes(index: number): void {
    const body = this.#body;
    const {lanes, single, sum} = this.#row.totals[index]!;
    body.get(sum);
    for (const lane of [0, 1, 2, 3]) {
      body.get(lanes);
      body.extractLane(lane);
    }
    body.add('f32.add', 'f32.add', 'f32.add');
    body.get(single);
    body.add('f32.add', 'f64.promote_f32', 'f64.add');
    body.set(sum);
    body.f32x4(0);
    body.set(lanes);
    body.f32(0);
    body.set(single);
  }

  #storeTotals(): void {
    const body = this.#body;
    this.#row.totals.forEach(({sum}, i) => {
      body.get(parameters.bases);
      body.access('i32.load', 4 * this.#kernel.sums[i]!.to);
      body.get(parameters.task);
      body.i32(4);
      body.add('i32.mul', 'i32.add');
      body.get(sum);
      body.add('f32.demote_f64');
      body.access('f32.store');
    });
  }
}
