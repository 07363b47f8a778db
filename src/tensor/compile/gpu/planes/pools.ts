import {add, equal, f32, less, multiply, select, splat} from '../../../kernels/expressions.ts';
import type {Expression} from '../../../kernels/ir.ts';
import type {Node} from '../node.ts';
import type {Slot} from './grid.ts';
import type {Pool} from './members.ts';
import type {Writer} from './writer.ts';

const zero = splat(f32(0));

/** Writes pools and their transposes. A thread has all pixels of a block, so that it needs no other thread's. */
export class Pools {
  readonly #writer: Writer;
  /** The largest numbers of blocks, by operand and block. */
  readonly #largest = new Map<string, Largest>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Writes a node for one of the thread's blocks. */
  write(node: Node, {kind, size}: Pool, block: number): void {
    const {code, grid, values} = this.#writer;
    const [x, v] = node.operands as readonly [Node, Node];
    const share = splat(f32(1 / size ** 2));
    const pixels = grid.slotsOf('whole', block);
    const [slot] = grid.slotsOf('pooled', block) as [Slot];
    const each = (operand: Node): readonly Expression[] =>
      pixels.map((pixel) => values.at(operand, operand.shape, pixel));
    const spread = (value: (pixel: number) => Expression): void => {
      const isWhole = grid.isWholeBlock(block);
      pixels.forEach((pixel, index) => {
        const inside = value(index);
        values.set(node, pixel, isWhole ? select(isWhole, inside, zero) : inside);
      });
    };
    switch (kind) {
      case 'avgPool':
        values.set(node, slot, multiply(each(x).reduce(add), share));
        break;
      case 'avgPoolTranspose': {
        const value = code.let(multiply(values.at(x, x.shape, slot), share));
        spread(() => value);
        break;
      }
      case 'maxPool':
        values.set(node, slot, this.#largestOf(x, block).value);
        break;
      case 'maxPoolGather': {
        const {index} = this.#largestOf(x, block);
        const chosen = each(v).reduce((other, value, at) =>
          select(equal(index, splat(f32(at))), value, other),
        );
        values.set(node, slot, chosen);
        break;
      }
      case 'maxPoolScatter': {
        const {index} = this.#largestOf(x, block);
        const value = values.at(v, v.shape, slot);
        spread((at) => select(equal(index, splat(f32(at))), value, zero));
        break;
      }
    }
  }

  /** The first of the largest numbers of a block. */
  #largestOf(x: Node, block: number): Largest {
    const key = `${x.id} ${block}`;
    const known = this.#largest.get(key);
    if (known !== undefined) return known;
    const {code, grid, values} = this.#writer;
    const [first, ...others] = grid
      .slotsOf('whole', block)
      .map((pixel) => values.at(x, x.shape, pixel));
    let largest: Largest = {value: first!, index: zero};
    others.forEach((value, before) => {
      const isLarger = code.let(less(largest.value, value), 'isLarger');
      largest = {
        value: code.let(select(isLarger, value, largest.value)),
        index: code.let(select(isLarger, splat(f32(before + 1)), largest.index)),
      };
    });
    this.#largest.set(key, largest);
    return largest;
  }
}

interface Largest {
  readonly value: Expression;
  /** Its place in the block, for each channel. */
  readonly index: Expression;
}
