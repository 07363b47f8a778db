import {hash} from 'node:crypto';

/** The address of a stream: a purpose and its indices, such as `('augment', iteration, step)`. */
export type RandomPath = readonly (string | number)[];

/**
 * A stream of random numbers addressed by (seed, path). The same address always gives the same numbers. So a draw is
 * the same after a resume and with any number of workers, and no stream is ever advanced to reach a position.
 */
export class Random {
  readonly #seed: number;
  readonly #path: RandomPath;
  readonly #state: Uint32Array;
  #spareNormal: number | undefined;

  /** @param seed an integer that JSON can hold exactly */
  constructor(seed: number, ...path: RandomPath) {
    this.#seed = seed;
    this.#path = path;
    const digest = hash('sha256', JSON.stringify(['random', 1, seed, ...path]), 'hex');
    this.#state = Uint32Array.from({length: 4}, (_, i) =>
      parseInt(digest.slice(8 * i, 8 * i + 8), 16),
    );
    this.#state[0]! |= 1; // xoshiro cannot leave the all-zero state.
  }

  /** The stream at a longer path. It does not depend on how many numbers were drawn from this one. */
  at(...path: RandomPath): Random {
    return new Random(this.#seed, ...this.#path, ...path);
  }

  /** Uniform over the integers 0 … 2³²−1 (xoshiro128**, Blackman and Vigna 2018). */
  bits(): number {
    const s = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  }

  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** Uniform over the integers 0 … n−1, without bias. */
  integer(n: number): number {
    const limit = 4294967296 - (4294967296 % n);
    for (;;) {
      const bits = this.bits();
      if (bits < limit) return bits % n;
    }
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** A uniformly random order of 0 … n−1 (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({length: n}, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swapped = order[i]!;
      order[i] = order[j]!;
      order[j] = swapped;
    }
    return order;
  }
}

function rotateLeft(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}
