/** Lowers a program to commands of the kernels. */
import {partOf, type Buffer} from '../../../compile/cpu/buffer.ts';
import {fuse} from '../../../compile/cpu/fuse.ts';
import {stridesIn} from '../../../compile/cpu/loop-nest.ts';
import {
  axesInBlocks,
  inBlocks,
  repeatedStrides,
  stridesInBlocks,
} from '../../../compile/cpu/group-pools.ts';
import {recompute} from '../../../compile/cpu/recompute.ts';
import type {Group} from '../../../compile/cpu/scheduled-kernel.ts';
import {shortenSums} from '../../../compile/cpu/shorten-sums.ts';
import {simplify} from '../../../compile/cpu/simplify.ts';
import {homesOf, type Home} from '../../../compile/homes.ts';
import {prepare} from '../../../compile/prepare.ts';
import {Views} from '../../../compile/views.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';
import type {Op} from '../../../op.ts';
import type {Program} from '../../../program.ts';
import {sizeOf, stridesOf, type Shape} from '../../../shape.ts';
import {wasmTarget} from '../target.ts';
import {sharedIfLarge, type Command} from './command.ts';
import {copyAll, fillCommand} from './copy.ts';
import {groupCommands, type FusedGroup, type GroupOperation, type Operand} from './elementwise.ts';
import type {CommandEmitter} from './emitter.ts';
import {lowerOperation} from './operations.ts';

export interface Lowered {
  readonly commands: readonly Command[];
  readonly inputs: ReadonlyMap<string, Buffer>;
  /** Each output has a buffer of its own, which is never an input's. */
  readonly outputs: ReadonlyMap<string, Buffer>;
}

/** @param tile side of a tile of Winograd's convolution: 4 is fast, 2 is precise */
export function lower(program: Program, tile: 2 | 4): Lowered {
  const prepared = prepare(program, {readsTransposed: false, ofPlanes: false});
  return new Lowering(simplify(shortenSums(prepared)), tile).run();
}

class Lowering implements CommandEmitter {
  readonly tile: 2 | 4;
  readonly #program: Program;
  readonly #commands: Command[] = [];
  /** Buffers by the index of the step; groups have only their stored values here. */
  readonly #buffers: (Buffer | undefined)[] = [];
  readonly #made = new Map<Buffer, Map<string, Buffer>>();
  readonly #inputs = new Map<string, Buffer>();
  /** Values that are computed directly into a concatenation: its step, and the offset there. */
  readonly #homes: ReadonlyMap<number, Home>;
  readonly #views: Views;

  constructor(program: Program, tile: 2 | 4) {
    this.#program = program;
    this.tile = tile;
    this.#views = new Views(program);
    this.#homes = homesOf(program, this.#views);
  }

  run(): Lowered {
    const views = this.#views;
    const target = wasmTarget;
    const fused = fuse(this.#program, views, target);
    const kernels = recompute(this.#program, fused, {views, target});
    for (const [index, {value}] of this.#program.steps.entries()) {
      if (value.op.kind !== 'input') continue;
      const buffer = this.buffer(sizeOf(value.shape));
      this.#buffers[index] = buffer;
      this.#inputs.set(value.op.name, buffer);
    }
    for (const kernel of kernels) {
      if (kernel.kind === 'single') this.#lowerSingle(kernel.value);
      else this.#lowerGroup(kernel);
    }
    return {commands: this.#commands, inputs: this.#inputs, outputs: this.#ownOutputs()};
  }

  readonly emit = (added: Command): void => {
    this.#commands.push(sharedIfLarge(added));
  };

  buffer(size: number): Buffer {
    return {size};
  }

  memoised(name: string, of: Buffer, make: () => Buffer): Buffer {
    let made = this.#made.get(of);
    if (made === undefined) this.#made.set(of, (made = new Map<string, Buffer>()));
    let buffer = made.get(name);
    if (buffer === undefined) made.set(name, (buffer = make()));
    return buffer;
  }

  /** The buffer of a value; a constant is filled in when it is first read. */
  #read(index: number): Buffer {
    const known = this.#buffers[index];
    if (known !== undefined) return known;
    const {value} = this.#program.steps[index]!;
    const place = this.#views.placeOf(index);
    let buffer: Buffer;
    if (place !== undefined) {
      buffer = partOf(this.#read(place.base), place.offset, sizeOf(value.shape));
    } else if (value.op.kind === 'constant') {
      buffer = this.buffer(sizeOf(value.shape));
      this.emit(fillCommand(buffer, value.op.value));
    } else throw new Error(`Step ${index} (${value.op.kind}) is not computed yet`);
    this.#buffers[index] = buffer;
    return buffer;
  }

  #write(index: number): Buffer {
    const known = this.#buffers[index];
    if (known !== undefined) return known;
    const size = sizeOf(this.#program.steps[index]!.value.shape);
    const home = this.#homes.get(index);
    const buffer =
      home === undefined ? this.buffer(size) : partOf(this.#write(home.concat), home.offset, size);
    return (this.#buffers[index] = buffer);
  }

  #lowerGroup({space, values, reductions, stored}: Group): void {
    const {steps} = this.#program;
    const place = new Map(values.map((value, i) => [value, i]));
    const size =
      [...values, ...reductions].flatMap((one) => blockSize(steps[one]!.value.op))[0] ?? 1;
    const stridesOfValue = (shape: Shape): readonly number[] => {
      const strides = stridesIn(space, shape);
      return size === 1 ? strides : stridesInBlocks(strides, size);
    };
    const operandOf = (index: number): Operand => {
      const of = place.get(index);
      const {value} = steps[index]!;
      if (of !== undefined) return {kind: 'result', of};
      if (value.op.kind === 'constant') return {kind: 'constant', value: value.op.value};
      return {kind: 'tensor', buffer: this.#read(index), strides: stridesOfValue(value.shape)};
    };
    const operationOf = (index: number): GroupOperation => {
      const {value, operands} = steps[index]!;
      const to = stored.has(index) ? {to: this.#write(index)} : {};
      if (value.op.kind !== 'avgPoolTranspose') {
        return {kind: value.op.kind as ElementwiseKind, operands: operands.map(operandOf), ...to};
      }
      const strides = repeatedStrides(stridesOf(steps[operands[0]!]!.value.shape));
      const small: Operand = {kind: 'tensor', buffer: this.#read(operands[0]!), strides};
      const share: Operand = {kind: 'constant', value: 1 / size ** 2};
      return {kind: 'multiply', operands: [small, share], ...to};
    };
    const opOf = (index: number): Op => steps[index]!.value.op;
    const pools = reductions.filter((index) => opOf(index).kind === 'avgPool');
    const sums = reductions.filter((index) => opOf(index).kind === 'sum');
    const axes = sums.length === 0 ? [] : axesOf(opOf(sums[0]!));
    this.#emitGroup({
      space: size === 1 ? space : inBlocks(space, size),
      operations: values.map(operationOf),
      sums: sums.map((index) => ({
        of: operandOf(steps[index]!.operands[0]!),
        to: this.#write(index),
      })),
      axes: size === 1 ? axes : axesInBlocks(axes),
      pools: pools.map((index) => ({
        of: operandOf(steps[index]!.operands[0]!),
        to: this.#write(index),
        strides: repeatedStrides(stridesOf(steps[index]!.value.shape)),
        share: 1 / size ** 2,
      })),
    });
  }

  #emitGroup(group: FusedGroup): void {
    if (sizeOf(group.space) === 0) {
      for (const {to} of group.sums) this.emit(fillCommand(to, 0));
      return;
    }
    groupCommands(group, (size) => this.buffer(size)).forEach(this.emit);
  }

  #lowerSingle(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const {op, shape} = value;
    const shapes = operands.map((operand) => this.#program.steps[operand]!.value.shape);
    const given = operands.map((operand) => this.#read(operand));
    if (op.kind === 'sum') {
      this.#sumStepwise(given[0]!, shapes[0]!, op.axes, this.#write(index));
      return;
    }
    lowerOperation({op, given, shapes, shape, to: this.#write(index), emitter: this});
  }

  /** Sums over axes that are not adjacent, from the last ones to the first. */
  #sumStepwise(from: Buffer, shape: Shape, axes: readonly number[], to: Buffer): void {
    if (from.size === 0) {
      this.emit(fillCommand(to, 0));
      return;
    }
    const wide = axes.filter((axis) => shape[axis]! > 1);
    if (wide.length === 0) {
      this.emit(copyAll(from, to));
      return;
    }
    let run = [wide.at(-1)!];
    for (const axis of wide.slice(0, -1).reverse()) {
      const between = shape.slice(axis + 1, run[0]);
      if (between.every((extent) => extent === 1)) run = [axis, ...run];
      else break;
    }
    const rest = wide.slice(0, wide.length - run.length);
    const left = shape.map((extent, axis) => (run.includes(axis) ? 1 : extent));
    const sum = rest.length === 0 ? to : this.buffer(sizeOf(left));
    // As three axes: all before, the summed ones, all after.
    const before = sizeOf(shape.slice(0, run[0]));
    const behind = sizeOf(shape.slice(run.at(-1)! + 1));
    const space = [before, sizeOf(shape) / (before * behind), behind];
    const of: Operand = {kind: 'tensor', buffer: from, strides: stridesOf(space)};
    if (!wasmTarget.canSum(space, [1])) throw new Error(`No sum over axis 1 of ${space.join('×')}`);
    this.#emitGroup({space, operations: [], sums: [{of, to: sum}], axes: [1], pools: []});
    if (rest.length > 0) this.#sumStepwise(sum, left, rest, to);
  }

  /** Copies outputs where needed: two outputs may be one value, and an output may be an input. */
  #ownOutputs(): ReadonlyMap<string, Buffer> {
    const taken = new Set<Buffer>(this.#inputs.values());
    return new Map(
      [...this.#program.outputs].map(([name, index]) => {
        const buffer = this.#read(index);
        if (!taken.has(buffer) && buffer.within === undefined) {
          taken.add(buffer);
          return [name, buffer];
        }
        const own = this.buffer(buffer.size);
        this.emit(copyAll(buffer, own));
        return [name, own];
      }),
    );
  }
}

function blockSize(op: Op): readonly number[] {
  return op.kind === 'avgPool' || op.kind === 'avgPoolTranspose' ? [op.size] : [];
}

function axesOf(op: Op): readonly number[] {
  return op.kind === 'sum' ? op.axes : [];
}
