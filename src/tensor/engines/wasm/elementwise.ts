/** A group of elementwise operations as one command: which number is in which register at which time. */
import type {Shape} from '../../shape.ts';
import {command, floatWord, type Buffer, type Command} from './command.ts';
import {walkOf, type Strides, type Walk} from './space.ts';

/** What a group works on, by names of its own. */
export type Operand =
  | {readonly kind: 'constant'; readonly value: number}
  /** Strides in the space. */
  | {readonly kind: 'tensor'; readonly buffer: Buffer; readonly strides: Strides}
  /** What an earlier operation of the group gave, by its place among them. */
  | {readonly kind: 'result'; readonly of: number};

const kinds = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  exp: 4,
  log: 5,
  sqrt: 6,
  sigmoid: 7,
  step: 8,
  broadcast: 9,
} as const;

export type ElementwiseKind = keyof typeof kinds;

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

/** Numbers that the kernel goes through at a time: see `assembly/elementwise.ts`. */
const blockSize = 512;
const mostRegisters = 200;

/** The commands of a group; `undefined`: its operands are repeated along too many axes. */
export function groupCommands(
  group: FusedGroup,
  buffer: (size: number) => Buffer,
): readonly Command[] | undefined {
  const inputs = inputsOf(group);
  const tensors = inputs.flatMap((input) => (input.kind === 'tensor' ? input : []));
  const walk = walkOf(
    group.space,
    [...tensors.map(({strides}) => strides), contiguous(group.space)],
    group.axes,
  );
  if (walk === undefined) return undefined;
  const strips = Math.ceil(walk.inner / blockSize);
  const parts = partsOf(walk, strips, group.sums.length > 0);
  const registers = new Registers(inputs.length);
  const inputWords = inputs.flatMap((input, register) =>
    input.kind === 'constant'
      ? [register, floatWord(input.value), 2, 0, 0, 0, 0]
      : [register, input.buffer, ...wayOf(walk, tensors.indexOf(input))],
  );
  const place = new Map<string, number>(inputs.map((input, i) => [nameOf(input), i]));
  const lastUses = lastUsesOf(group);
  const operationWords = group.operations.flatMap((operation, index) =>
    operationOf(operation, index, {lastUses, place, registers}),
  );
  if (registers.most > mostRegisters) throw new RangeError('A group of too many operations');
  const sums = sumsOf(group, {walk, parts, strips}, buffer);
  const sumWords = group.sums.flatMap(({of}, i) => [
    place.get(nameOf(of))!,
    sums.partial[i]!,
    walk.keepsColumns ? 0 : 1,
  ]);
  const stored = group.operations.flatMap(({to}) => to ?? []);
  const first = command(
    'elementwise',
    [
      walk.rows,
      walk.inner,
      walk.d1,
      walk.d2,
      walk.groups,
      parts,
      inputs.length,
      group.operations.length,
      group.sums.length,
      ...inputWords,
      ...operationWords,
      ...sumWords,
    ],
    {reads: tensors.map((tensor) => tensor.buffer), writes: [...stored, ...sums.partial]},
  );
  return [first, ...sums.commands];
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
    return command('sumParts', [walk.groups, pieces, columns, from, to], {
      reads: [from],
      writes: [to],
    });
  });
  return {partial, commands};
}

/** Never more parts than the sizes say, whatever the threads: the order of summation depends on them. */
function partsOf({rows, inner, groups}: Walk, strips: number, sums: boolean): number {
  const perGroup = rows / groups;
  const width = Math.min(inner, blockSize);
  if (!sums) return Math.max(1, Math.ceil((perGroup * width) / (8 * blockSize)));
  const wanted = Math.ceil(32 / (groups * strips));
  return Math.max(1, Math.min(wanted, Math.ceil((perGroup * width) / 8192)));
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

/** Kind and strides of an input: whether it lies as the space does. */
function wayOf({strides}: Walk, index: number): readonly number[] {
  const own = strides[index]!;
  const space = strides.at(-1)!;
  return [own.every((step, i) => step === space[i]) ? 0 : 1, ...own];
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

function inputsOf({operations, sums}: FusedGroup): readonly Exclude<Operand, {kind: 'result'}>[] {
  const inputs = new Map<string, Exclude<Operand, {kind: 'result'}>>();
  const all = [...operations.flatMap(({operands}) => operands), ...sums.map(({of}) => of)];
  for (const operand of all) if (operand.kind !== 'result') inputs.set(nameOf(operand), operand);
  return [...inputs.values()];
}

interface Allocation {
  /** By name, the last operation that uses it; of what a sum uses, infinity. */
  readonly lastUses: ReadonlyMap<string, number>;
  /** By name, the register. */
  readonly place: Map<string, number>;
  readonly registers: Registers;
}

function operationOf(
  {kind, operands, to}: GroupOperation,
  index: number,
  {lastUses, place, registers}: Allocation,
): readonly (number | Buffer)[] {
  const names = operands.map(nameOf);
  const from = names.map((name) => place.get(name)!);
  // A register is free for the result of the operation that is its last user.
  for (const name of new Set(names)) {
    const isResult = name.startsWith('result');
    if (isResult && lastUses.get(name) === index) registers.free(place.get(name)!);
  }
  const register = registers.take();
  place.set(`result ${index}`, register);
  if (!lastUses.has(`result ${index}`)) registers.free(register);
  return [kinds[kind], register, from[0]!, from[1] ?? from[0]!, to ?? -1];
}

function lastUsesOf({operations, sums}: FusedGroup): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  operations.forEach(({operands}, index) => {
    for (const operand of operands) last.set(nameOf(operand), index);
  });
  for (const {of} of sums) last.set(nameOf(of), Infinity);
  return last;
}

class Registers {
  readonly #free: number[] = [];
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  get most(): number {
    return this.#next;
  }

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  free(register: number): void {
    this.#free.push(register);
  }
}
