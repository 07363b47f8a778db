/** A group of elementwise operations, and sums of what they give, as commands. */
import type {Shape} from '../../shape.ts';
import {command, sharesOf, type Buffer, type Command, type Shares} from './command.ts';
import type {From, Kernel, KernelOperation, Source} from './columns.ts';
import {generateKernel} from './generate.ts';
import {walkOf, type Lie, type Strides, type Walk} from './space.ts';

/** What a group works on, by names of its own. */
export type Operand =
  | {readonly kind: 'constant'; readonly value: number}
  /** Strides in the space. */
  | {readonly kind: 'tensor'; readonly buffer: Buffer; readonly strides: Strides}
  /** What an earlier operation of the group gave, by its place among them. */
  | {readonly kind: 'result'; readonly of: number};

export type ElementwiseKind = KernelOperation['kind'];

export interface GroupOperation {
  readonly kind: ElementwiseKind;
  readonly operands: readonly Operand[];
  /** Where the result is wanted in memory, if at all. */
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
  /** That the sums add up. */
  readonly axes: readonly number[];
}

/** Columns that a kernel goes through at a time: `stripColumns` in `assembly/elementwise.ts`. */
const stripColumns = 2048;
/** So many results are a task, if nothing is summed; so many at least, if something is. */
const taskSize = 4096;
const sumSize = 8192;
/** So many rows at most are added up in single precision. */
const sumRows = 1024;

/** The commands of a group. */
export function groupCommands(
  group: FusedGroup,
  buffer: (size: number) => Buffer,
): readonly Command[] {
  const inputs = inputsOf(group);
  const tensors = inputs.flatMap((input) => (input.kind === 'tensor' ? input : []));
  const operands = [...tensors.map(({strides}) => strides), contiguous(group.space)];
  const walk = walkOf(group.space, operands, group.axes);
  const strips = Math.ceil(walk.inner / stripColumns);
  const parts = partsOf(walk, strips, group.sums.length > 0);
  const sums = sumsOf(group, {walk, parts, strips}, buffer);
  const stored = group.operations.flatMap(({to}) => to ?? []);
  const all = [...tensors.map((tensor) => tensor.buffer), ...stored, ...sums.partial];
  const args = [
    walk.blocks,
    walk.inner,
    walk.groups,
    parts,
    walk.keepsColumns ? group.sums.length : 0,
    all.length,
    ...all,
  ];
  const first = command('elementwise', args, {
    reads: tensors.map((tensor) => tensor.buffer),
    writes: [...stored, ...sums.partial],
    body: generateKernel(kernelOf(group, inputs, walk)),
    shares: groupShares({walk, parts, strips}, [
      ...tensors.map(({buffer: read}, i) => ({buffer: read, lie: walk.strides[i]!})),
      ...stored.map((written) => ({buffer: written, lie: walk.strides.at(-1)!})),
    ]),
  });
  return [first, ...sums.commands];
}

/** The group with its tensors by their place: those it reads, those it stores to, those of its sums. */
function kernelOf(group: FusedGroup, inputs: readonly Input[], walk: Walk): Kernel {
  const names = new Map(inputs.map((input, of) => [nameOf(input), of]));
  const from = (operand: Operand): From =>
    operand.kind === 'result' ? operand : {kind: 'source', of: names.get(nameOf(operand))!};
  let tensors = 0;
  const sources = inputs.map((input): Source =>
    input.kind === 'constant'
      ? input
      : {kind: 'tensor', tensor: tensors, strides: walk.strides[tensors++]!},
  );
  return {
    walk,
    sources,
    operations: group.operations.map(({kind, operands, to}) => ({
      kind,
      operands: operands.map(from),
      ...(to && {to: tensors++}),
    })),
    sums: group.sums.map(({of}) => ({of: from(of), to: tensors++})),
  };
}

/** Where the parts of each sum go, and what adds them up. A sum in one part is there already. */
function sumsOf(
  group: FusedGroup,
  {walk, parts, strips}: {walk: Walk; parts: number; strips: number},
  buffer: (size: number) => Buffer,
): {readonly partial: readonly Buffer[]; readonly commands: readonly Command[]} {
  const pieces = walk.keepsColumns ? parts : parts * strips;
  const columns = walk.keepsColumns ? walk.inner : 1;
  const partial = group.sums.map(({to}) => (pieces === 1 ? to : buffer(to.size * pieces)));
  const commands = group.sums.flatMap(({to}, i) => {
    const from = partial[i]!;
    if (from === to) return [];
    const args = [walk.groups, pieces, columns, from, to];
    return command('sumParts', args, {reads: [from], writes: [to]});
  });
  return {partial, commands};
}

/** How the tasks of `assembly/elementwise.ts` are cut, and what is cut with them. */
function groupShares(
  {walk, parts, strips}: {walk: Walk; parts: number; strips: number},
  uses: readonly {readonly buffer: Buffer; readonly lie: Lie}[],
): Shares {
  const {groups, blocks, inner, outer} = walk;
  const cut = (count: number, isCut: (lie: Lie, size: number) => boolean): Shares =>
    sharesOf(
      count,
      uses.map(({buffer, lie}) => ({buffer, isCut: isCut(lie, buffer.size)})),
    );
  if (blocks === 1) {
    const isFull = parts === 1 && inner % stripColumns === 0;
    return cut(isFull ? strips : 1, (lie, size) => lie.inner === 1 && size === inner);
  }
  const [first, ...others] = outer;
  const count = commonDivisor(first!, groups > 1 ? groups : commonDivisor(parts, blocks));
  return cut(count, (lie, size) => {
    const [step = 0, ...steps] = lie.outer;
    const last =
      others.reduce((sum, extent, axis) => sum + (extent - 1) * steps[axis]!, 0) +
      (inner - 1) * lie.inner +
      Math.max(...lie.rows);
    return first! * step === size && last < step;
  });
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Never more parts than the sizes say, whatever the threads: the order of summation depends on them. */
function partsOf(walk: Walk, strips: number, sums: boolean): number {
  const {blocks, height, inner, groups, keepsColumns} = walk;
  const perGroup = (blocks * height) / groups;
  const width = Math.min(inner, stripColumns);
  const most = Math.ceil((perGroup * width) / (sums ? sumSize : taskSize));
  const parts = Math.max(1, sums ? Math.min(Math.ceil(32 / (groups * strips)), most) : most);
  // What keeps its columns is added up row by row: rounding errors grow with their number.
  return keepsColumns ? Math.max(parts, Math.ceil(perGroup / sumRows)) : parts;
}

function contiguous(space: Shape): Strides {
  let step = 1;
  return space
    .toReversed()
    .map((extent) => {
      const own = step;
      step *= extent;
      return own;
    })
    .toReversed();
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
