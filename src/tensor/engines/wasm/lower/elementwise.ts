/** A group of elementwise operations, and sums of their results, as commands. */
import {partitionOf, type Buffer, type Partition} from '../../../compile/cpu/buffer.ts';
import {
  loopNestOf,
  type LoopNest,
  type OperandLayout,
  type Strides,
} from '../../../compile/cpu/loop-nest.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';
import {stridesOf, type Shape} from '../../../shape.ts';
import type {From, Kernel, Source} from '../codegen/kernel.ts';
import {generateKernel} from '../codegen/kernel-writer.ts';
import {command, type Command} from './command.ts';

/** An operand of a group's operations. */
export type Operand =
  | {readonly kind: 'constant'; readonly value: number}
  /** The strides are those in the space. */
  | {readonly kind: 'tensor'; readonly buffer: Buffer; readonly strides: Strides}
  /** The result of an earlier operation of the group, by its index. */
  | {readonly kind: 'result'; readonly of: number};

export interface GroupOperation {
  readonly kind: ElementwiseKind;
  readonly operands: readonly Operand[];
  /** The buffer that the result is stored to, if it is stored. */
  readonly to?: Buffer;
}

export interface GroupSum {
  readonly of: Operand;
  readonly to: Buffer;
}

export interface FusedGroup {
  readonly space: Shape;
  readonly operations: readonly GroupOperation[];
  readonly sums: readonly GroupSum[];
  /** The axes that the sums add up. */
  readonly axes: readonly number[];
}

/** Columns that a kernel processes at a time: the nearest cache has room for this many numbers of a few tensors. */
const stripColumns = 2048;
/** Results of a task if nothing is summed; the minimum if something is. */
const taskSize = 4096;
const minSumSize = 8192;
/** The largest number of rows that are added up in single precision. */
const maxSumRows = 1024;

/** The commands of a group. */
export function groupCommands(
  group: FusedGroup,
  buffer: (size: number) => Buffer,
): readonly Command[] {
  const inputs = inputsOf(group);
  const tensors = inputs.flatMap((input) => (input.kind === 'tensor' ? input : []));
  const operands = [...tensors.map(({strides}) => strides), stridesOf(group.space)];
  const nest = loopNestOf(group.space, operands, group.axes);
  const strip = stripOf(group, nest);
  const strips = Math.ceil(nest.inner / strip);
  const parts = partsOf(group, nest, strips);
  const cut = {nest, parts, strip, strips};
  const sums = sumsOf(group, cut, buffer);
  const stored = group.operations.flatMap(({to}) => to ?? []);
  const all = [...tensors.map((tensor) => tensor.buffer), ...stored, ...sums.partial];
  const args = {
    kernel: generateKernel(kernelOf(group, inputs, nest)),
    blocks: nest.blocks,
    inner: nest.inner,
    strip,
    groups: nest.groups,
    parts,
    columnSums: nest.keepsColumns ? group.sums.length : 0,
    tensors: all,
  };
  const first = command('elementwise', args, {
    reads: tensors.map((tensor) => tensor.buffer),
    writes: [...stored, ...sums.partial],
    partition: groupPartition(cut, [
      ...tensors.map(({buffer: read}, i) => ({buffer: read, layout: nest.layouts[i]!})),
      ...stored.map((written) => ({buffer: written, layout: nest.layouts.at(-1)!})),
      ...sums.partial.map((written) => ({buffer: written})),
    ]),
  });
  return [first, ...sums.commands];
}

/** The group with its tensors by index: those it reads, those it stores to, those of its sums. */
function kernelOf(group: FusedGroup, inputs: readonly Input[], nest: LoopNest): Kernel {
  const names = new Map(inputs.map((input, of) => [nameOf(input), of]));
  const from = (operand: Operand): From =>
    operand.kind === 'result' ? operand : {kind: 'source', of: names.get(nameOf(operand))!};
  let tensors = 0;
  const sources = inputs.map((input): Source =>
    input.kind === 'constant'
      ? input
      : {kind: 'tensor', tensor: tensors, layout: nest.layouts[tensors++]!},
  );
  return {
    nest,
    sources,
    operations: group.operations.map(({kind, operands, to}) => ({
      kind,
      operands: operands.map(from),
      ...(to && {to: tensors++}),
    })),
    sums: group.sums.map(({of}) => ({of: from(of), to: tensors++})),
  };
}

/** How the loops of a group are cut into tasks. */
interface Cut {
  readonly nest: LoopNest;
  readonly parts: number;
  /** Columns of a strip, and the number of strips. */
  readonly strip: number;
  readonly strips: number;
}

/** Buffers for the parts of each sum, and the commands that add them up. A sum of one part needs no command. */
function sumsOf(
  group: FusedGroup,
  {nest, parts, strips}: Cut,
  buffer: (size: number) => Buffer,
): {readonly partial: readonly Buffer[]; readonly commands: readonly Command[]} {
  const pieces = nest.keepsColumns ? parts : parts * strips;
  const columns = nest.keepsColumns ? nest.inner : 1;
  const partial = group.sums.map(({to}) => (pieces === 1 ? to : buffer(to.size * pieces)));
  const commands = group.sums.flatMap(({to}, i) => {
    const from = partial[i]!;
    if (from === to) return [];
    const args = {groups: nest.groups, parts: pieces, columns, from, to};
    const partition = {count: nest.groups, of: [from, to]};
    return command('sumParts', args, {reads: [from], writes: [to], partition});
  });
  return {partial, commands};
}

/**
 * How the tasks of `assembly/elementwise.ts` are cut, and the buffers that are cut with them. Sums have no layout: they
 * are cut if the pieces are whole groups.
 */
function groupPartition(
  {nest, parts, strip, strips}: Cut,
  uses: readonly {readonly buffer: Buffer; readonly layout?: OperandLayout}[],
): Partition {
  const {groups, blocks, inner, outer} = nest;
  const cut = (count: number, isCut: (layout: OperandLayout, size: number) => boolean): Partition =>
    partitionOf(
      count,
      uses.map(({buffer, layout}) => ({
        buffer,
        isCut: layout === undefined ? groups % count === 0 : isCut(layout, buffer.size),
      })),
    );
  if (blocks === 1) {
    const isFull = parts === 1 && inner % strip === 0;
    return cut(isFull ? strips : 1, (layout, size) => layout.inner === 1 && size === inner);
  }
  const [first, ...others] = outer;
  const count = commonDivisor(first!, groups > 1 ? groups : commonDivisor(parts, blocks));
  return cut(count, (layout, size) => {
    const [step = 0, ...steps] = layout.outer;
    const last =
      others.reduce((sum, extent, axis) => sum + (extent - 1) * steps[axis]!, 0) +
      (inner - 1) * layout.inner +
      Math.max(...layout.rows);
    return first! * step === size && last < step;
  });
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * A single row is cut by images where that gives small strips, so that each thread goes on with its own images; strips
 * of eight columns leave no columns over, which a kernel would compute in another way.
 */
function stripOf({space, sums}: FusedGroup, {blocks, inner}: LoopNest): number {
  const image = inner / (space[0] ?? 1);
  const isCut = blocks === 1 && sums.length === 0 && image <= stripColumns && image % 8 === 0;
  return isCut && inner % stripColumns !== 0 ? image : stripColumns;
}

/**
 * The number of parts of sums depends on sizes only and never on the threads, because the order of summation depends on
 * it. Parts without sums are parts of images.
 */
function partsOf({space, sums}: FusedGroup, nest: LoopNest, strips: number): number {
  const {blocks, height, inner, groups, keepsColumns, outer} = nest;
  const isSum = sums.length > 0;
  const perGroup = (blocks * height) / groups;
  const width = Math.min(inner, stripColumns);
  const most = Math.ceil((perGroup * width) / (isSum ? minSumSize : taskSize));
  if (!isSum) {
    const images = commonDivisor(outer[0] ?? 1, space[0] ?? 1);
    return Math.max(1, Math.min(blocks, Math.ceil(most / images) * images));
  }
  const parts = Math.max(1, Math.min(Math.ceil(32 / (groups * strips)), most));
  // Sums that keep their columns are added up row by row: rounding errors grow with the number of rows.
  return keepsColumns ? Math.max(parts, Math.ceil(perGroup / maxSumRows)) : parts;
}

function nameOf(operand: Operand): string {
  if (operand.kind === 'constant') return `constant ${operand.value}`;
  if (operand.kind === 'result') return `result ${operand.of}`;
  return `tensor ${numberOf(operand.buffer)} ${operand.strides.join(' ')}`;
}

const numbers = new WeakMap<Buffer, number>();
let nextNumber = 0;

function numberOf(buffer: Buffer): number {
  let number = numbers.get(buffer);
  if (number === undefined) numbers.set(buffer, (number = nextNumber++));
  return number;
}

type Input = Exclude<Operand, {kind: 'result'}>;

function inputsOf({operations, sums}: FusedGroup): readonly Input[] {
  const inputs = new Map<string, Input>();
  const all = [...operations.flatMap(({operands}) => operands), ...sums.map(({of}) => of)];
  for (const operand of all) if (operand.kind !== 'result') inputs.set(nameOf(operand), operand);
  return [...inputs.values()];
}
