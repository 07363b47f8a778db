import {isDeepStrictEqual} from 'node:util';
import {columnBlock} from './block-sizes.ts';
import type {Range} from './pack.ts';
import {blocksDown, blocksOf, columnsOf, panelBytes, type FixedPoint} from './packed-right.ts';
import {scratchBytes, type SharedMemory} from './product-memory.ts';
import type {Product} from './product.ts';
import type {Share} from './share.ts';

/** The most memory, in pages: the address of its end is a number of 32 bits, too. */
const mostPages = 65_535;
const pageBytes = 65_536;

/** The columns of a product, as many at a time as take at most `mostBytes` when they are packed, but at least one block. */
export function* stretchesOf(
  {right, columns, depth, precision}: Product,
  mostBytes: number,
): Iterable<Range> {
  const digits = isFixed(right) ? 2 : 1;
  const bytes = digits * blocksDown(depth) * panelBytes(precision);
  const step = Math.max(1, Math.floor(mostBytes / bytes)) * columnBlock;
  for (let begin = 0; begin < columns; begin += step) {
    yield {begin, end: Math.min(begin + step, columns)};
  }
}

/** The memory of a pool. It only grows. */
export class PoolMemory {
  readonly #memory: SharedMemory = new WebAssembly.Memory({
    initial: 0,
    maximum: mostPages,
    shared: true,
  });
  /** Columns of a matrix that lie in it packed. */
  #loaded: {readonly matrix: FixedPoint; readonly columns: Range} | undefined;

  /**
   * Makes room for some columns of the right operand and for the threads.
   * @returns what the threads have to pack there, or the strips of what is there
   */
  prepare(
    {right, depth, precision}: Product,
    columns: Range,
    threads: number,
  ): Pick<Share, 'memory' | 'scratchesAt' | 'right'> {
    const lowBytes = blocksOf(columns, depth).length * panelBytes(precision);
    const packed = isFixed(right) ? columnsOf(right, columns, depth) : undefined;
    // Sums are whole lines of the cache.
    const scratchesAt = lowBytes + 64 * Math.ceil((packed?.high.length ?? 0) / 32);
    this.#grow(scratchesAt + threads * scratchBytes(precision, depth));
    const place = {memory: this.#memory, scratchesAt};
    if (!isFixed(right)) {
      this.#loaded = undefined;
      return {...place, right};
    }
    const {low, high, strips} = packed!;
    if (this.#loaded?.matrix !== right || !isDeepStrictEqual(this.#loaded.columns, columns)) {
      new Int16Array(this.#memory.buffer).set(low);
      new Int16Array(this.#memory.buffer, lowBytes).set(high);
      this.#loaded = {matrix: right, columns};
    }
    return {...place, right: {...strips, highAt: lowBytes}};
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
  }
}

function isFixed(right: Product['right']): right is FixedPoint {
  return 'low' in right;
}
