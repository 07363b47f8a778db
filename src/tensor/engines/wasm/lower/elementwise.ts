/** A group of elementwise operations, and sums and pools of their results, as commands. */
import type {Buffer} from '../../../compile/cpu/buffer.ts';
import {loopNestOf, type LoopNest, type Strides} from '../../../compile/cpu/loop-nest.ts';
import type {ElementwiseKind} from '../../../op-traits.ts';
import {stridesOf, type Shape} from '../../../shape.ts';
import type {From, Kernel, Source} from '../codegen/kernel.ts';
import {generateKernel} from '../codegen/kernel-writer.ts';
import {command, type Command} from './command.ts';
import {cutOf, groupPartition, type Cut} from './cut.ts';

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

export interface GroupPool {
  readonly of: Operand;
  readonly to: Buffer;
  /** The strides of the small images in the space: 0 along the axes of a block. */
  readonly strides: Strides;
  /** The factor of each pixel in the mean. */
  readonly share: number;
}

export interface FusedGroup {
  readonly space: Shape;
  readonly operations: readonly GroupOperation[];
  readonly sums: readonly GroupSum[];
  /** The axes that the sums add up. */
  readonly axes: readonly number[];
  readonly pools: readonly GroupPool[];
}

/** The commands of a group. */
export function groupCommands(
  group: FusedGroup,
  buffer: (size: number) => Buffer,
): readonly Command[] {
  const inputs = inputsOf(group);
  const tensors = inputs.flatMap((input) => (input.kind === 'tensor' ? input : []));
  const pools = group.pools.map(({strides}) => strides);
  const operands = [...tensors.map(({strides}) => strides), ...pools, stridesOf(group.space)];
  const nest = loopNestOf(group.space, operands, group.axes);
  const cut = cutOf(group, nest, nest.layouts.slice(tensors.length, -1));
  const {parts, strip} = cut;
  const sums = sumsOf(group, cut, buffer);
  const stored = group.operations.flatMap(({to}) => to ?? []);
  const pooled = group.pools.map(({to}) => to);
  const all = [...tensors.map((tensor) => tensor.buffer), ...stored, ...pooled, ...sums.partial];
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
    writes: [...stored, ...pooled, ...sums.partial],
    partition: groupPartition(cut, [
      ...[...tensors.map((tensor) => tensor.buffer), ...pooled].map((one, i) => ({
        buffer: one,
        layout: nest.layouts[i]!,
      })),
      ...stored.map((written) => ({buffer: written, layout: nest.layouts.at(-1)!})),
      ...sums.partial.map((written) => ({buffer: written})),
    ]),
  });
  return [first, ...sums.commands];
}

/** The group with its tensors by index: those it reads, those it stores to, those of its pools, those of its sums. */
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
  const read = tensors;
  return {
    nest,
    sources,
    operations: group.operations.map(({kind, operands, to}) => ({
      kind,
      operands: operands.map(from),
      ...(to && {to: tensors++}),
    })),
    pools: group.pools.map(({of, share}, i) => ({
      of: from(of),
      share,
      layout: nest.layouts[read + i]!,
      to: tensors++,
    })),
    sums: group.sums.map(({of}) => ({of: from(of), to: tensors++})),
  };
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

function inputsOf({operations, sums, pools}: FusedGroup): readonly Input[] {
  const inputs = new Map<string, Input>();
  const reduced = [...sums, ...pools].map(({of}) => of);
  const all = [...operations.flatMap(({operands}) => operands), ...reduced];
  for (const operand of all) if (operand.kind !== 'result') inputs.set(nameOf(operand), operand);
  return [...inputs.values()];
}
