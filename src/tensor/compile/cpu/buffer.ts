/** Memory as the compiler sees it: buffers, parts of buffers, and which commands use them. */

/** Numbers that commands read and write; where they are is decided when all commands are known. */
export interface Buffer {
  /** The number of numbers. */
  readonly size: number;
  /** Set for a part of another buffer, which is itself no part. */
  readonly within?: {readonly buffer: Buffer; readonly offset: number};
}

/** A part of a buffer, or of what that is a part of. Offset and size in numbers. */
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
}

/**
 * How the work of a command is cut into equal pieces, one after the other, of which each touches only its own piece of some
 * buffers: mostly images. A thread that does whole pieces can then keep these pieces of the buffers to itself
 * (`workspace.ts`).
 */
export interface Partition {
  readonly count: number;
  readonly of: readonly Buffer[];
}

/** @param uses what a command reads and writes, and whether each is cut as the work is: a buffer may be there twice */
export function partitionOf(
  count: number,
  uses: readonly {readonly buffer: Buffer; readonly isCut: boolean}[],
): Partition {
  const whole = new Set(uses.flatMap(({buffer, isCut}) => (isCut ? [] : wholeOf(buffer))));
  return {count, of: uses.flatMap(({buffer}) => (whole.has(wholeOf(buffer)) ? [] : buffer))};
}
