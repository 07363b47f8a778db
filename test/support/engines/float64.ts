/**
 * A second, independent implementation of every operation: plain loops in float64, straight from the definitions in
 * `src/tensor/op.ts`. It is slow, and written to be read. Engines and derivatives are tested against it.
 */
import {pairsOf, traitsOf} from '../../../src/tensor/op-traits.ts';
import type {Op, OpKind, OpOf} from '../../../src/tensor/op.ts';
import type {Program} from '../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';

export interface Array64 {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Runs a program in float64. */
export function run64<Outputs extends string, Inputs extends string>(
  program: Program<Outputs, Inputs>,
  inputs: Readonly<Record<Inputs, Float64Array>>,
): Record<Outputs, Float64Array> {
  const results: Array64[] = [];
  for (const {value, operands} of program.steps) {
    const {op, shape} = value;
    const given = operands.map((index) => results[index]!);
    const kernel = kernels[op.kind] as Kernel<Op>;
    const data =
      op.kind === 'input'
        ? inputs[op.name as Inputs]
        : traitsOf(op.kind).takesPairs
          ? sumOfPairs(given, (pair) => kernel({op, operands: pair, shape}))
          : kernel({op, operands: given, shape});
    if (data.length !== sizeOf(shape)) throw new Error(`${op.kind} gave ${data.length} numbers`);
    results.push({shape, data});
  }
  const outputs = [...program.outputs].map(([name, i]) => [name, results[i]!.data] as const);
  return Object.fromEntries(outputs) as Record<Outputs, Float64Array>;
}

function sumOfPairs(
  operands: readonly Array64[],
  product: (pair: readonly Array64[]) => Float64Array,
): Float64Array {
  return pairsOf(operands)
    .map(product)
    .reduce((sum, next) => sum.map((x, i) => x + next[i]!));
}

type Kernel<O> = (call: {
  readonly op: O;
  readonly operands: readonly Array64[];
  readonly shape: Shape;
}) => Float64Array;

/** Calls back with every index of a shape, row by row. */
function each(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const size = sizeOf(shape);
  const index = shape.map(() => 0);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--)
      index[axis] = 0;
  }
}

function offset(shape: Shape, index: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) flat = flat * shape[axis]! + index[axis]!;
  return flat;
}

/** The element of a broadcast operand at an index of the result; zero outside. */
function at({shape, data}: Array64, index: readonly number[]): number {
  const skipped = index.length - shape.length;
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!;
    const i = extent === 1 ? 0 : index[skipped + axis]!;
    if (i < 0 || i >= extent) return 0;
    flat = flat * extent + i;
  }
  return data[flat]!;
}

/** A number of images; zero outside, even for images with sides of 1. */
function pixel({shape, data}: Array64, index: readonly number[]): number {
  const isInside = index.every((i, axis) => i >= 0 && i < shape[axis]!);
  return isInside ? data[offset(shape, index)]! : 0;
}

function fill(shape: Shape, element: (index: readonly number[]) => number): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  each(shape, (index, flat) => {
    out[flat] = element(index);
  });
  return out;
}

const unary =
  (f: (x: number) => number): Kernel<unknown> =>
  ({operands: [x]}) =>
    x!.data.map(f);
const binary =
  (f: (a: number, b: number) => number): Kernel<unknown> =>
  ({operands: [a, b], shape}) =>
    fill(shape, (index) => f(at(a!, index), at(b!, index)));

/** Visits every product of the trilinear form ⟨conv2d(x, w), z⟩: image, filter and result index. */
function eachProduct(
  window: {readonly stride: number; readonly pad: number},
  filter: Shape,
  result: Shape,
  visit: (x: readonly number[], w: readonly number[], z: readonly number[]) => void,
): void {
  each(result, (z) => {
    each(filter.slice(0, 3), ([r, s, c]) => {
      const [n, i, j, o] = z as [number, number, number, number];
      visit(
        [n, i * window.stride + r! - window.pad, j * window.stride + s! - window.pad, c!],
        [r!, s!, c!, o],
        z,
      );
    });
  });
}

/** The pixels of the block that result pixel (n, i, j, c) pools, row by row. */
function block([n, i, j, c]: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({length: size * size}, (_, k) => [
    n!,
    i! * size + Math.floor(k / size),
    j! * size + (k % size),
    c!,
  ]);
}

function largest(x: Array64, index: readonly number[], size: number): readonly number[] {
  return block(index, size).reduce((best, pixel) => (at(x, pixel) > at(x, best) ? pixel : best));
}

/** Visits the taps of an affine warp: result pixel, sampled pixel inside the image, weight. */
function eachTap(
  shape: Shape,
  map: Array64,
  visit: (to: readonly number[], from: readonly number[], weight: number) => void,
): void {
  each(shape, (to) => {
    const [n, i, j, c] = to as [number, number, number, number];
    const m = map.data.subarray(6 * n, 6 * n + 6);
    const row = m[0]! * i + m[1]! * j + m[2]!;
    const column = m[3]! * i + m[4]! * j + m[5]!;
    for (const y of [Math.floor(row), Math.floor(row) + 1]) {
      for (const x of [Math.floor(column), Math.floor(column) + 1]) {
        if (y < 0 || y >= shape[1]! || x < 0 || x >= shape[2]!) continue;
        visit(to, [n, y, x, c], (1 - Math.abs(row - y)) * (1 - Math.abs(column - x)));
      }
    }
  });
}

const kernels: {readonly [K in OpKind]: Kernel<OpOf<K>>} = {
  input: () => new Float64Array(0),
  constant: ({op, shape}) => new Float64Array(sizeOf(shape)).fill(op.value),
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  heaviside: unary((x) => (x > 0 ? 1 : 0)),
  floor: unary(Math.floor),
  softmax({operands: [x], shape}) {
    return fill(shape, (index) => {
      const row = Array.from({length: shape.at(-1)!}, (_, k) => at(x!, [...index.slice(0, -1), k]));
      const most = Math.max(...row);
      return Math.exp(at(x!, index) - most) / row.reduce((sum, v) => sum + Math.exp(v - most), 0);
    });
  },
  logSumExp({operands: [x], shape}) {
    return fill(shape, (index) => {
      const row = Array.from({length: x!.shape.at(-1)!}, (_, k) => at(x!, [...index, k]));
      const most = Math.max(...row);
      return most + Math.log(row.reduce((sum, v) => sum + Math.exp(v - most), 0));
    });
  },
  sum({op, operands: [x], shape}) {
    const out = new Float64Array(sizeOf(shape));
    each(x!.shape, (index, flat) => {
      out[
        offset(
          shape,
          index.filter((_, axis) => !op.axes.includes(axis)),
        )
      ]! += x!.data[flat]!;
    });
    return out;
  },
  broadcast: ({operands: [x], shape}) => fill(shape, (index) => at(x!, index)),
  reshape: ({operands: [x]}) => x!.data,
  transpose: ({op, operands: [x], shape}) =>
    fill(shape, (index) =>
      at(
        x!,
        op.order.map((_, axis) => index[op.order.indexOf(axis)]!),
      ),
    ),
  slice: ({op, operands: [x], shape}) =>
    fill(
      shape,
      (index) =>
        x!.data[
          offset(
            x!.shape,
            index.map((i, axis) => i + op.begin[axis]!),
          )
        ]!,
    ),
  pad({op, operands: [x], shape}) {
    const out = new Float64Array(sizeOf(shape));
    each(x!.shape, (index, flat) => {
      out[
        offset(
          shape,
          index.map((i, axis) => i + op.begin[axis]!),
        )
      ] = x!.data[flat]!;
    });
    return out;
  },
  concat({op, operands, shape}) {
    const out = new Float64Array(sizeOf(shape));
    let start = 0;
    for (const part of operands) {
      each(part.shape, (index, flat) => {
        out[
          offset(
            shape,
            index.map((i, axis) => (axis === op.axis ? i + start : i)),
          )
        ] = part.data[flat]!;
      });
      start += part.shape[op.axis]!;
    }
    return out;
  },
  matmul({op, operands: [a, b], shape}) {
    const inner = a!.shape[op.transposeA ? 0 : 1]!;
    return fill(shape, ([i, j]) => {
      let total = 0;
      for (let k = 0; k < inner; k++) {
        total +=
          at(a!, op.transposeA ? [k, i!] : [i!, k]) * at(b!, op.transposeB ? [j!, k] : [k, j!]);
      }
      return total;
    });
  },
  gatherRows: ({operands: [x, indices], shape}) =>
    fill(shape, ([row, ...rest]) => at(x!, [indices!.data[row!]!, ...rest])),
  scatterRows({operands: [v, indices], shape}) {
    const out = new Float64Array(sizeOf(shape));
    each(v!.shape, ([row, ...rest], flat) => {
      out[offset(shape, [indices!.data[row!]!, ...rest])]! += v!.data[flat]!;
    });
    return out;
  },
  conv2d({op, operands: [x, w], shape}) {
    const out = new Float64Array(sizeOf(shape));
    eachProduct(op.window, w!.shape, shape, (xi, wi, zi) => {
      out[offset(shape, zi)]! += pixel(x!, xi) * at(w!, wi);
    });
    return out;
  },
  conv2dInput({op, operands: [z, w], shape}) {
    const out = new Float64Array(sizeOf(shape));
    eachProduct(op.window, w!.shape, z!.shape, (xi, wi, zi) => {
      if (xi.every((i, axis) => i >= 0 && i < shape[axis]!))
        out[offset(shape, xi)]! += at(z!, zi) * at(w!, wi);
    });
    return out;
  },
  conv2dFilter({op, operands: [x, z], shape}) {
    const out = new Float64Array(sizeOf(shape));
    eachProduct(op.window, shape, z!.shape, (xi, wi, zi) => {
      out[offset(shape, wi)]! += pixel(x!, xi) * at(z!, zi);
    });
    return out;
  },
  avgPool: ({op, operands: [x], shape}) =>
    fill(
      shape,
      (index) => block(index, op.size).reduce((sum, p) => sum + at(x!, p), 0) / op.size ** 2,
    ),
  avgPoolTranspose({op, operands: [dy], shape}) {
    const out = new Float64Array(sizeOf(shape));
    each(dy!.shape, (index, flat) => {
      for (const pixel of block(index, op.size))
        out[offset(shape, pixel)] = dy!.data[flat]! / op.size ** 2;
    });
    return out;
  },
  maxPool: ({op, operands: [x], shape}) =>
    fill(shape, (index) => at(x!, largest(x!, index, op.size))),
  maxPoolGather: ({op, operands: [x, v], shape}) =>
    fill(shape, (index) => at(v!, largest(x!, index, op.size))),
  maxPoolScatter({op, operands: [x, v], shape}) {
    const out = new Float64Array(sizeOf(shape));
    each(v!.shape, (index, flat) => {
      out[offset(shape, largest(x!, index, op.size))]! += v!.data[flat]!;
    });
    return out;
  },
  affineWarp({operands: [x, map], shape}) {
    const out = new Float64Array(sizeOf(shape));
    eachTap(shape, map!, (to, from, weight) => {
      out[offset(shape, to)]! += weight * at(x!, from);
    });
    return out;
  },
  affineWarpTranspose({operands: [v, map], shape}) {
    const out = new Float64Array(sizeOf(shape));
    eachTap(shape, map!, (to, from, weight) => {
      out[offset(shape, from)]! += weight * at(v!, to);
    });
    return out;
  },
};
