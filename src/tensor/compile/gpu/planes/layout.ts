import type {Limits} from '../../../kernels/kernel.ts';

/** How a workgroup's threads divide the planes of one image: thread t has the blocks t div `lanes`, + `positions`, …. */
export interface Layout {
  /** Threads of a workgroup: a power of two. */
  readonly threads: number;
  /** Vectors of channels of a workgroup: a power of two. Neighbouring threads have neighbouring channels. */
  readonly lanes: number;
  /** Threads for each of them. */
  readonly positions: number;
  /** Blocks of a thread. */
  readonly blocks: number;
}

export interface PlaneSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly side: number;
  /**
   * The most vectors that threads hand to each other through the workgroup's memory, for each vector of channels: the
   * pixels of a plane and what maps need for a tile. 0 if there is no map.
   */
  readonly exchanged: number;
}

/** A thread keeps so many vectors of each value in registers. */
const mostVectors = 16;
/** Fewer threads leave parts of a processor idle; more are used only where a thread would have too many vectors. */
const [fewestThreads, usualThreads] = [32, 256];
/** Blocks that are worth a workgroup. */
const enoughBlocks = 64;
/** Threads for the rows of a tile. */
const fewestPositions = 8;
/** Two vectors are what a memory transfers at once. */
const usualLanes = 2;

/** The layout of planes; `undefined` if a workgroup cannot hold them. */
export function layoutOf(size: PlaneSize, limits: Limits): Layout | undefined {
  const {height, width, side, channels} = size;
  const count = Math.ceil(height / side) * Math.ceil(width / side);
  const vectors = channels / 4;
  const cells = Math.floor(limits.sharedBytes / 16);
  const most = 2 ** Math.floor(Math.log2(Math.min(limits.threads, cells)));
  let lanes = vectors % usualLanes === 0 ? usualLanes : 1;
  while (count * lanes < enoughBlocks && vectors % (2 * lanes) === 0) lanes *= 2;
  for (; lanes >= 1; lanes /= 2) {
    const blocksOf = (threads: number): number => Math.ceil((count * lanes) / threads);
    const isTooFull = (threads: number): boolean => blocksOf(threads) * side ** 2 > mostVectors;
    const fewest = size.exchanged === 0 ? lanes : lanes * fewestPositions;
    let threads = Math.max(fewest, Math.min(fewestThreads, most));
    while (threads < count * lanes && threads < Math.min(usualThreads, most)) threads *= 2;
    while (isTooFull(threads) && threads < most) threads *= 2;
    if (threads > most || isTooFull(threads) || size.exchanged * lanes > cells) continue;
    return {threads, lanes, positions: threads / lanes, blocks: blocksOf(threads)};
  }
  return undefined;
}
