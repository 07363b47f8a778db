/** A program as commands of the kernels. */
import type {Op} from '../../op.ts';
import type {Program} from '../../program.ts';
import {sizeOf, type Shape} from '../../shape.ts';
import {command, copyCommand, floatWord, stridesOf, type Buffer, type Command} from './command.ts';
import type {Sink} from './convolution.ts';
import {groupCommands, type ElementwiseKind, type FusedGroup, type Operand} from './elementwise.ts';
import {lowerOperation} from './operations.ts';
import {isPlain, schedule, type Item} from './schedule.ts';
import {stridesIn} from './space.ts';

export interface Lowered {
  readonly commands: readonly Command[];
  readonly inputs: ReadonlyMap<string, Buffer>;
  /** Each a buffer of its own, which no input is. */
  readonly outputs: ReadonlyMap<string, Buffer>;
}

/** @param tile of Winograd's convolution: 4 is quick, 2 is precise */
export function lower(program: Program, tile: 2 | 4): Lowered {
  return new Lowering(program, tile).run();
}

class Lowering implements Sink {
  readonly tile: 2 | 4;
  readonly #program: Program;
  readonly #commands: Command[] = [];
  /** By the index of the step; of groups, only what is stored. */
  readonly #buffers: (Buffer | undefined)[] = [];
  readonly #made = new Map<Buffer, Map<string, Buffer>>();
  readonly #inputs = new Map<string, Buffer>();

  constructor(program: Program, tile: 2 | 4) {
    this.#program = program;
    this.tile = tile;
  }

  run(): Lowered {
    const items = schedule(this.#program);
    for (const [index, {value}] of this.#program.steps.entries()) {
      if (value.op.kind !== 'input') continue;
      const buffer = this.buffer(sizeOf(value.shape));
      this.#buffers[index] = buffer;
      this.#inputs.set(value.op.name, buffer);
    }
    const stored = this.#storedValues(items);
    for (const item of items) {
      if (item.kind === 'node') this.#lowerNode(item.value);
      else this.#lowerGroup(item, stored);
    }
    return {commands: this.#commands, inputs: this.#inputs, outputs: this.#ownOutputs()};
  }

  readonly emit = (added: Command): void => {
    this.#commands.push(added);
  };

  buffer(size: number): Buffer {
    return {size};
  }

  once(name: string, of: Buffer, make: () => Buffer): Buffer {
    let made = this.#made.get(of);
    if (made === undefined) this.#made.set(of, (made = new Map<string, Buffer>()));
    let buffer = made.get(name);
    if (buffer === undefined) made.set(name, (buffer = make()));
    return buffer;
  }

  /** Values of groups that something else reads, or that are outputs. */
  #storedValues(items: readonly Item[]): ReadonlySet<number> {
    const {steps, outputs} = this.#program;
    const itemOf = new Map<number, Item>();
    for (const item of items) {
      if (item.kind === 'node') itemOf.set(item.value, item);
      else for (const value of [...item.values, ...item.sums]) itemOf.set(value, item);
    }
    const stored = new Set(outputs.values());
    steps.forEach(({value: user, operands}, index) => {
      for (const operand of operands) {
        const own = itemOf.get(index);
        const together = own !== undefined && own.kind === 'group' && own === itemOf.get(operand);
        const isSame = steps[operand]!.value.shape.length === user.shape.length;
        const spaceWide =
          user.op.kind === 'sum' || (isSame && sameSize(steps[operand]!.value.shape, user.shape));
        if (!together || !spaceWide) stored.add(operand);
      }
    });
    return stored;
  }

  /** Where a value is, made if it is a constant. */
  #read(index: number): Buffer {
    const known = this.#buffers[index];
    if (known !== undefined) return known;
    const {value, operands} = this.#program.steps[index]!;
    let buffer: Buffer;
    if (value.op.kind === 'reshape') buffer = this.#read(operands[0]!);
    else if (value.op.kind === 'constant') {
      buffer = this.buffer(sizeOf(value.shape));
      const args = [buffer, buffer.size, floatWord(value.op.value)];
      this.emit(command('fill', args, {reads: [], writes: [buffer]}));
    } else throw new Error(`Step ${index} (${value.op.kind}) is not computed yet`);
    this.#buffers[index] = buffer;
    return buffer;
  }

  #write(index: number): Buffer {
    return (this.#buffers[index] = this.buffer(sizeOf(this.#program.steps[index]!.value.shape)));
  }

  #lowerGroup(item: Extract<Item, {kind: 'group'}>, stored: ReadonlySet<number>): void {
    const {space, values, sums} = item;
    const place = new Map(values.map((value, i) => [value, i]));
    const operandOf = (index: number): Operand => {
      const of = place.get(index);
      const {value} = this.#program.steps[index]!;
      if (of !== undefined) return {kind: 'result', of};
      if (value.op.kind === 'constant') return {kind: 'constant', value: value.op.value};
      const strides = stridesIn(space, value.shape);
      return {kind: 'tensor', buffer: this.#read(index), strides};
    };
    const group: FusedGroup = {
      space,
      operations: values.map((index) => {
        const {value, operands} = this.#program.steps[index]!;
        return {
          kind: value.op.kind as ElementwiseKind,
          operands: operands.map(operandOf),
          ...(stored.has(index) ? {to: this.#write(index)} : {}),
        };
      }),
      sums: sums.map((index) => ({
        of: operandOf(this.#program.steps[index]!.operands[0]!),
        to: this.#write(index),
      })),
      axes: sums.length === 0 ? [] : axesOf(this.#program.steps[sums[0]!]!.value.op),
    };
    this.#emitGroup(group);
  }

  #emitGroup(group: FusedGroup): void {
    const make = (size: number): Buffer => this.buffer(size);
    const commands = groupCommands(group, make) ?? groupCommands(this.#flattened(group), make);
    if (commands === undefined) throw new Error(`No walk through ${group.space.join('×')}`);
    commands.forEach(this.emit);
  }

  /** The group with every operand that is repeated written out. */
  #flattened(group: FusedGroup): FusedGroup {
    const {space} = group;
    const strides = stridesOf(space);
    const flat = (operand: Operand): Operand => {
      if (operand.kind !== 'tensor') return operand;
      if (operand.strides.every((step, axis) => space[axis] === 1 || step === strides[axis])) {
        return {...operand, strides};
      }
      const buffer = this.once(
        `flat ${space.join(' ')} ${operand.strides.join(' ')}`,
        operand.buffer,
        () => {
          const made = this.buffer(sizeOf(space));
          this.emit(copyCommand(space, operand, {buffer: made, strides}));
          return made;
        },
      );
      return {kind: 'tensor', buffer, strides};
    };
    return {
      ...group,
      operations: group.operations.map((op) => ({...op, operands: op.operands.map(flat)})),
      sums: group.sums.map(({of, to}) => ({of: flat(of), to})),
    };
  }

  #lowerNode(index: number): void {
    const {value, operands} = this.#program.steps[index]!;
    const {op, shape} = value;
    const shapes = operands.map((operand) => this.#program.steps[operand]!.value.shape);
    const given = operands.map((operand) => this.#read(operand));
    if (op.kind === 'sum') {
      this.#sumStepwise(given[0]!, shapes[0]!, op.axes, this.#write(index));
      return;
    }
    lowerOperation({op, given, shapes, shape, to: this.#write(index), sink: this});
  }

  /** A sum over axes that do not lie side by side, from the last ones to the first. */
  #sumStepwise(from: Buffer, shape: Shape, axes: readonly number[], to: Buffer): void {
    const wide = axes.filter((axis) => shape[axis]! > 1);
    if (wide.length === 0) {
      this.emit(copyCommand([to.size], {buffer: from, strides: [1]}, {buffer: to, strides: [1]}));
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
    // Everything before, what is added up, everything behind: as three axes.
    const before = sizeOf(shape.slice(0, run[0]));
    const behind = sizeOf(shape.slice(run.at(-1)! + 1));
    const space = [before, sizeOf(shape) / (before * behind), behind];
    const of: Operand = {kind: 'tensor', buffer: from, strides: stridesOf(space)};
    if (!isPlain(space, [1])) throw new Error(`No sum over axis 1 of ${space.join('×')}`);
    this.#emitGroup({space, operations: [], sums: [{of, to: sum}], axes: [1]});
    if (rest.length > 0) this.#sumStepwise(sum, left, rest, to);
  }

  /** Two outputs may be one value, and an output may be an input. */
  #ownOutputs(): ReadonlyMap<string, Buffer> {
    const taken = new Set<Buffer>(this.#inputs.values());
    return new Map(
      [...this.#program.outputs].map(([name, index]) => {
        const buffer = this.#read(index);
        if (!taken.has(buffer)) {
          taken.add(buffer);
          return [name, buffer];
        }
        const own = this.buffer(buffer.size);
        const strides = [1];
        this.emit(copyCommand([own.size], {buffer, strides}, {buffer: own, strides}));
        return [name, own];
      }),
    );
  }
}

function sameSize(a: Shape, b: Shape): boolean {
  return a.every((extent, axis) => extent === b[axis]);
}

function axesOf(op: Op): readonly number[] {
  return op.kind === 'sum' ? op.axes : [];
}
