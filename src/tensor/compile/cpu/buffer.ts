/** Memory as the compiler sees it: buffers, parts of buffers, and the commands that use them. */

/** Numbers that commands read and write; addresses are assigned after all commands are known. */
export interface Buffer {
  /** The number of numbers. */
  readonly size: number;
  /** Set for a part of another buffer; that other buffer is never a part. */
  readonly within?: {readonly buffer: Buffer; readonly offset: number};
}

/** A part of a buffer, or of the buffer that the given part belongs to. Offset and size are in numbers. */
export function partOf(of: Buffer, offset: number, size: number): Buffer {
  if (offset === 0 && size === of.size) return of;
  const {buffer, offset: before} = of.within ?? {buffer: of, offset: 0};
  return {size, within: {buffer, offset: before + offset}};
}

/** The buffer that a part belongs to, or the buffer itself. */
export function wholeOf(buffer: Buffer): Buffer {
  return buffer.within?.buffer ?? buffer;
}

/** The buffers that a command reads and writes. */
export interface BufferUse {
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly partition?: Partition;
  /** Threads take pieces of the work from each other, of which more are not worth it. Absent: each does its part. */
  readonly mostPieces?: number;
}

/**
 * How the work of a command is cut into equal consecutive pieces, each of which touches only its own piece of some
 * buffers: mostly one image. A thread that does whole pieces can then keep these pieces of the buffers in its own
 * memory (`workspace.ts`), and need not wait for other threads before it uses them again (`rounds.ts`).
 */
export interface Partition {
  readonly count: number;
  /** Buffers of which each piece is consecutive. */
  readonly of: readonly Buffer[];
  /** Buffers in the Winograd domain, of which each piece is its tiles at every point. */
  readonly tiles?: readonly Buffer[];
}

/** How the numbers of a buffer belong to the pieces of a command's work. */
export type Owned = 'pieces' | 'tiles';

/** Buffers of more numbers (8 MB) have left every cache before they are used again. */
export const maxOwned = 2_097_152;

/** How a thread owns its share of a buffer that a command uses; nothing if it may touch other threads' shares. */
export function ownedAs(
  buffer: Buffer,
  {partition}: BufferUse,
  threads: number,
): Owned | undefined {
  if (partition === undefined || partition.count % threads !== 0) return undefined;
  if (buffer.size > maxOwned) return undefined;
  if (partition.tiles?.includes(buffer) === true) return 'tiles';
  return partition.of.includes(buffer) && buffer.size % threads === 0 ? 'pieces' : undefined;
}

/**
 * @param uses the buffers that a command reads and writes, and whether each is cut as the work is; a buffer may occur
 * twice
 */
export function partitionOf(
  count: number,
  uses: readonly {readonly buffer: Buffer; readonly isCut: boolean}[],
): Partition {
  const whole = new Set(uses.flatMap(({buffer, isCut}) => (isCut ? [] : wholeOf(buffer))));
  return {count, of: uses.flatMap(({buffer}) => (whole.has(wholeOf(buffer)) ? [] : buffer))};
}
