import {
  ownedAs,
  wholeOf,
  type Buffer,
  type BufferUse,
  type Owned,
} from '../src/tensor/compile/cpu/buffer.ts';

/**
 * The most bytes that pass from core to core while threads run commands in this order. A thread that reads only its
 * share of a buffer gets nothing from others if it wrote that share itself, and else all but the part that it wrote by
 * chance; a thread that may read all gets what the others wrote. Buffers that nobody has written yet do not count.
 */
export function crossingBytes(commands: readonly BufferUse[], threads: number): number {
  const written = new Map<Buffer, Owned | undefined>();
  let bytes = 0;
  for (const command of commands) {
    for (const buffer of new Set(command.reads)) {
      const whole = wholeOf(buffer);
      const owned = ownedAs(buffer, command, threads);
      if (!written.has(whole) || (owned !== undefined && owned === written.get(whole))) continue;
      const readers = owned === undefined ? threads : 1;
      bytes += (4 * buffer.size * readers * (threads - 1)) / threads;
    }
    for (const buffer of command.writes) {
      const owned = buffer.within === undefined ? ownedAs(buffer, command, threads) : undefined;
      written.set(wholeOf(buffer), owned);
    }
  }
  return bytes;
}
