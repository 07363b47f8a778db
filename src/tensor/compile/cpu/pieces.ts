/** The pieces of a command's work that threads take from each other. */
import type {BufferUse} from './buffer.ts';

/** With fewer pieces a thread, one that waits for others waits long. */
const fewest = 4;

/**
 * The number of pieces: as many for each thread, so that the pieces of a thread are what it owns of the buffers.
 * Nothing: each thread does its part in one piece, and waits.
 */
export function piecesOf({partition, mostPieces}: BufferUse, threads: number): number | undefined {
  if (mostPieces === undefined || threads === 1) return undefined;
  const each = Math.max(fewest, Math.floor((partition?.count ?? 1) / threads));
  return threads * Math.max(1, Math.min(each, Math.floor(mostPieces / threads)));
}
