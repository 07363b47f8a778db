import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';

/** Different numbers for all inputs of a program, exact in float32. */
export function waves(inputs: ReadonlyMap<string, Shape>): Record<string, Float64Array> {
  return Object.fromEntries(
    [...inputs].map(([name, shape], i) => [
      name,
      Float64Array.from({length: sizeOf(shape)}, (_, k) =>
        Math.fround(Math.sin(7 * i + 0.37 * k * k)),
      ),
    ]),
  );
}
