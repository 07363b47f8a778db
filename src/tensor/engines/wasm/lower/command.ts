/** Calls of kernels. */
import {type Buffer, type BufferUse} from '../../../compile/cpu/buffer.ts';
import {kernels, type KernelName, type Signature} from '../kernel-signatures.ts';

/** The type that an argument has in a command. */
type Given<A> = A extends 'tensor'
  ? Buffer
  : A extends 'number' | 'float'
    ? number
    : A extends 'function'
      ? Uint8Array
      : A extends {readonly numbers: number}
        ? readonly number[]
        : A extends {readonly list: infer E}
          ? readonly Given<E>[]
          : {readonly [K in keyof A]: Given<A[K]>};

/** The arguments of a kernel. */
export type ArgumentsOf<K extends KernelName> = Given<(typeof kernels)[K]>;

/** A call of a kernel, with the buffers that it reads and writes. */
export type Command = {
  readonly [K in KernelName]: BufferUse & {readonly kernel: K; readonly args: ArgumentsOf<K>};
}[KernelName];

/** A call of a kernel. */
export function command<K extends KernelName>(
  kernel: K,
  args: ArgumentsOf<K>,
  use: BufferUse,
): Command {
  // This holds for each kernel by itself; the compiler cannot see it for all kernels together.
  return {kernel, args, ...use} as unknown as Command;
}

/** The numbers that a command touches, and the multiplications of a product, that take some hundred microseconds. */
const minShared = {numbers: 2_097_152, multiplications: 1_000_000};
const pieces = {least: 8, most: 256};

/** The most pieces that threads take from each other of a product; nothing if it has too few multiplications. */
export function mostPiecesOf(
  {count, finest}: {readonly count: number; readonly finest: number},
  multiplications: number,
): {readonly mostPieces?: number} {
  const isWorthIt = count >= pieces.least && multiplications >= minShared.multiplications;
  return isWorthIt ? {mostPieces: Math.min(Math.max(count, finest), pieces.most)} : {};
}

/** Lets threads take pieces of a command from each other if it touches much memory. */
export function sharedIfLarge(given: Command): Command {
  const {reads, writes, partition, mostPieces} = given;
  if (partition === undefined || partition.count < pieces.least) return given;
  if (mostPieces !== undefined) return given;
  const numbers = [...reads, ...writes].reduce((sum, {size}) => sum + size, 0);
  return numbers < minShared.numbers ? given : {...given, mostPieces: pieces.most};
}

/** How commands refer to buffers and functions. */
export interface Names {
  /** The index of a buffer in the table of addresses. */
  readonly slotOf: (buffer: Buffer) => number;
  /** The index of a generated function in the table of functions. */
  readonly functionOf: (body: Uint8Array) => number;
}

/** The words of a command's arguments, in the order of the table. */
export function wordsOf({kernel, args}: Command, names: Names): readonly number[] {
  const given = args as Readonly<Record<string, unknown>>;
  const signature: Signature = kernels[kernel];
  return Object.entries(signature).flatMap(([name, argument]) => {
    const value = given[name];
    if (argument === 'float') return [floatWord(value as number)];
    if (argument === 'function') return [names.functionOf(value as Uint8Array)];
    if (argument === 'tensor' || argument === 'number') return [plainWord(value, names)];
    if ('numbers' in argument) return value as readonly number[];
    const list = value as readonly Buffer[] | readonly Readonly<Record<string, unknown>>[];
    const {list: each} = argument;
    const words = list.flatMap((one) =>
      each === 'tensor'
        ? [plainWord(one, names)]
        : Object.keys(each).map((key) => plainWord((one as Record<string, unknown>)[key], names)),
    );
    return [list.length, ...words];
  });
}

/** The generated functions that commands call. */
export function functionsOf(commands: readonly Command[]): readonly Uint8Array[] {
  return commands.flatMap(({kernel, args}) => (kernel === 'elementwise' ? [args.kernel] : []));
}

function plainWord(value: unknown, {slotOf}: Names): number {
  return typeof value === 'number' ? value : slotOf(value as Buffer);
}

/** The word that holds a float. */
function floatWord(value: number): number {
  const word = new Int32Array(1);
  new Float32Array(word.buffer)[0] = value;
  return word[0]!;
}
