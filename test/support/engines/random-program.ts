/** Random tensor programs, for comparing an engine with float64. */
import * as fc from 'fast-check';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';

export interface RandomProgram {
  readonly program: Program;
  readonly data: Readonly<Record<string, Float64Array>>;
}

/** One step of building a program: indices of operands, taken modulo their number, and an operation. */
interface Choice {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly detail: number;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  kind: fc.nat(15),
  a: fc.nat(1000),
  b: fc.nat(1000),
  detail: fc.nat(1000),
});

/**
 * Programs over images [n, h, w, c] and shapes that broadcast to them: elementwise chains, sums over any axes and
 * operations on their results, reshapes, transposes, slices, pooling. Values stay of moderate size, and so do rounding
 * errors.
 */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc
  .record({
    shape: fc.tuple(
      fc.integer({min: 1, max: 3}),
      fc.integer({min: 1, max: 6}),
      fc.integer({min: 1, max: 5}),
      fc.constantFrom(1, 3, 4, 8, 17),
    ),
    choices: fc.array(choice, {minLength: 1, maxLength: 25}),
    outputs: fc.array(fc.nat(1000), {minLength: 1, maxLength: 4}),
  })
  .map(({shape, choices, outputs}) => {
    const graph = new Graph();
    const [n, h, w, c] = shape;
    const inputs: Record<string, Shape> = {
      x: shape,
      y: shape,
      bias: [c],
      each: [n, 1, 1, c],
      mask: [n, h, w, 1],
      one: [],
    };
    const values: Value[] = Object.entries(inputs).map(([name, own]) => graph.input(name, own));
    for (const step of choices) values.push(apply(values, step, shape));
    const picked = outputs.map((index, i) => [`out${i}`, values[index % values.length]!] as const);
    const all = program(Object.fromEntries([...picked, ['last', values.at(-1)!]]));
    const data = Object.fromEntries(
      Object.entries(inputs).map(([name, own], i) => [
        name,
        Float64Array.from({length: sizeOf(own)}, (_, k) => Math.fround(Math.sin(1 + 12.9 * k + i))),
      ]),
    );
    return {program: all, data};
  });

function apply(values: readonly Value[], {kind, a, b, detail}: Choice, space: Shape): Value {
  const x = values[a % values.length]!;
  const wide = values.filter(({shape}) => {
    const missing = space.length - shape.length;
    return shape.every((extent, axis) => extent === 1 || extent === space[axis + missing]);
  });
  const p = wide[a % wide.length]!;
  const q = wide[b % wide.length]!;
  switch (kind) {
    case 0:
      return ops.add(p, q);
    case 1:
      return ops.subtract(p, q);
    case 2:
      return ops.multiply(ops.sigmoid(p), q);
    case 3:
      return ops.divide(p, ops.add(ops.multiply(q, q), 1.5));
    case 4:
      return ops.multiply(x, ops.heaviside(x));
    case 5:
      return ops.sqrt(ops.add(ops.multiply(x, x), 0.5));
    case 6:
      return ops.exp(ops.multiply(ops.sigmoid(x), -1));
    case 7:
      return ops.log(ops.add(ops.multiply(x, x), 2));
    case 8:
    case 9:
    case 10: {
      const axes = x.shape.flatMap((_, axis) => ((detail >> axis) % 2 === 1 ? [axis] : []));
      return ops.multiply(
        ops.sumKeep(x, axes),
        1 / Math.max(1, sizeOf(axes.map((axis) => x.shape[axis]!))),
      );
    }
    case 11:
      return x.shape.length === 4
        ? ops.reshape(x, [x.shape[0]!, x.shape[1]! * x.shape[2]!, 1, x.shape[3]!])
        : x;
    case 12: {
      const order = x.shape.map((_, axis) => axis);
      return ops.transpose(ops.transpose(x, order.toReversed()), order.toReversed());
    }
    case 13: {
      const begin = x.shape.map((extent, axis) => (detail >> axis) % extent);
      const size = x.shape.map((extent, axis) => extent - begin[axis]!);
      return ops.pad(ops.slice(x, begin, size), begin, x.shape);
    }
    case 14:
      return x.shape.length > 0 ? ops.softmax(x) : x;
    default: {
      // Blocks of one pixel, of two, or of a size that divides an odd side.
      const size = [1, 2, 2, 3][detail % 4]!;
      return x.shape.length === 4 && x.shape[1]! >= size && x.shape[2]! >= size
        ? x.graph.apply({kind: 'avgPoolTranspose', size, shape: x.shape}, [ops.avgPool(x, size)])
        : x;
    }
  }
}
