/** Which tile a product is computed in, and by how many workgroups along its depth: by its sizes only. */

/** What a workgroup computes at once. All tiles take as many threads, so that products share a dispatch. */
export interface Tile {
  /** Rows and columns of the result. */
  readonly m: number;
  readonly n: number;
  /** What is in the workgroup's memory at a time. */
  readonly depth: number;
  /** Rows and columns that a thread computes, in vectors. */
  readonly rows: number;
  readonly columns: number;
  /** An estimate of its speed, 1 for the fastest: the fewer numbers a thread computes, the less. */
  readonly rate: number;
}

export const productThreads = 128;

/** Thirty-two numbers a thread where there is enough to do, sixteen where there is not; and narrow tiles. */
const tiles: readonly Tile[] = [
  {m: 64, n: 64, depth: 16, rows: 2, columns: 1, rate: 1},
  {m: 32, n: 128, depth: 16, rows: 2, columns: 1, rate: 1},
  {m: 128, n: 32, depth: 16, rows: 2, columns: 1, rate: 1},
  {m: 32, n: 64, depth: 16, rows: 1, columns: 1, rate: 0.8},
  {m: 64, n: 32, depth: 16, rows: 1, columns: 1, rate: 0.8},
  {m: 128, n: 16, depth: 16, rows: 1, columns: 1, rate: 0.7},
  {m: 16, n: 128, depth: 16, rows: 1, columns: 1, rate: 0.7},
  {m: 256, n: 8, depth: 8, rows: 1, columns: 1, rate: 0.6},
  {m: 8, n: 256, depth: 8, rows: 1, columns: 1, rate: 0.6},
];

/** Workgroups that keep every multiprocessor of a large card busy: two for each. */
const enoughGroups = 256;
/** What a workgroup adds up at least before it leaves the rest to another one. */
const leastDepth = 128;
/** Parts of a sum at most: every reader adds them up. Fewer where there are many numbers. */
const mostParts = 64;
const mostNumbersInParts = 2 ** 20;

export interface ProductSizes {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  /** Of each pair. */
  readonly depths: readonly number[];
}

export interface Tiling {
  readonly tile: Tile;
  readonly tilesDown: number;
  readonly tilesAcross: number;
  /** How many times the tile's depth each pair takes. */
  readonly steps: readonly number[];
  /** In how many parts the sums are computed, and how many steps each part takes. */
  readonly parts: number;
  readonly stepsOfPart: number;
}

export interface TilingLimits {
  /** Bytes of a workgroup's memory. */
  readonly sharedBytes: number;
  /** Whether several workgroups may share a sum. */
  readonly canSplit: boolean;
}

export function tilingOf(sizes: ProductSizes, limits: TilingLimits): Tiling {
  const tilings = tiles
    .filter((tile) => sharedOf(tile).size * 16 <= limits.sharedBytes)
    .map((tile) => tilingWith(tile, sizes, limits));
  const times = tilings.map((tiling) => timeOf(tiling, sizes));
  const best = tilings[times.indexOf(Math.min(...times))];
  if (best === undefined)
    throw new Error(`No tile of a product fits into ${limits.sharedBytes} bytes`);
  return best;
}

/**
 * How tiles of both factors lie in the workgroup's memory, in vectors: the distance from one depth to the next, and where
 * the right one begins. A vector that nobody uses after each depth spreads what threads write over the memory's banks.
 */
export function sharedOf({m, n, depth}: Tile): {
  readonly left: number;
  readonly right: number;
  readonly rightAt: number;
  readonly size: number;
} {
  const [left, right] = [m / 4 + 1, n / 4 + 1];
  return {left, right, rightAt: depth * left, size: depth * (left + right)};
}

function tilingWith(
  tile: Tile,
  {batch, m, n, depths}: ProductSizes,
  {canSplit}: TilingLimits,
): Tiling {
  const [tilesDown, tilesAcross] = [Math.ceil(m / tile.m), Math.ceil(n / tile.n)];
  const steps = depths.map((depth) => Math.ceil(depth / tile.depth));
  const total = steps.reduce((sum, count) => sum + count, 0);
  const groups = batch * tilesDown * tilesAcross;
  const most = canSplit ? mostParts : 1;
  let wanted = 1;
  while (
    groups * wanted < enoughGroups &&
    wanted < most &&
    wanted * 2 * batch * m * n <= mostNumbersInParts &&
    (total * tile.depth) / (wanted * 2) >= leastDepth
  ) {
    wanted *= 2;
  }
  const stepsOfPart = Math.ceil(total / wanted);
  const parts = total === 0 ? 1 : Math.ceil(total / stepsOfPart);
  return {tile, tilesDown, tilesAcross, steps, stepsOfPart, parts};
}

/** An estimate, to compare tiles: work with what is padded, over the share of the card that is busy. */
function timeOf({tile, tilesDown, tilesAcross, parts}: Tiling, {batch}: ProductSizes): number {
  const groups = batch * tilesDown * tilesAcross * parts;
  const busy = Math.min(1, groups / enoughGroups);
  const padded = tilesDown * tile.m * tilesAcross * tile.n;
  return padded / tile.rate / busy;
}
