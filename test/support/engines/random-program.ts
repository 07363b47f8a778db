/** Random tensor programs, for comparing an engine with float64. */
import * as fc from 'fast-check';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {sizeOf, type Shape} from '../../../src/tensor/shape.ts';
import type {Value} from '../../../src/tensor/value.ts';
import {allSteps, plainSteps, smoothSteps, type Given, type Images} from './random-steps.ts';

export interface RandomProgram {
  readonly program: Program;
  readonly data: Readonly<Record<string, Float64Array>>;
}

const small: fc.Arbitrary<Images> = fc.tuple(
  fc.integer({min: 1, max: 3}),
  fc.integer({min: 1, max: 6}),
  fc.integer({min: 1, max: 5}),
  fc.constantFrom(1, 3, 4, 8, 17),
);

/**
 * Programs over images [n, h, w, c] and shapes that broadcast to them, of every operation there is. Values stay of moderate
 * size, and so do rounding errors.
 */
export const randomProgram: fc.Arbitrary<RandomProgram> = programsOf(allSteps);

/** The same without products of matrices and convolutions. */
export const randomWithoutProducts: fc.Arbitrary<RandomProgram> = programsOf(plainSteps);

/** Programs with gradients: of their last value, for all inputs that numbers depend on smoothly. */
export const randomGradient: fc.Arbitrary<RandomProgram> = programsOf(smoothSteps, true);

type Steps = Readonly<Record<string, (given: Given) => Value>>;

function programsOf(steps: Steps, isDerived = false): fc.Arbitrary<RandomProgram> {
  return fc
    .record({
      space: fc.oneof(
        {weight: 9, arbitrary: small},
        // More numbers than one workgroup computes: compilers divide the work otherwise.
        {weight: 1, arbitrary: fc.constant<Images>([3, 37, 39, 1])},
      ),
      choices: fc.array(
        fc.record({
          step: fc.constantFrom(...Object.keys(steps)),
          a: fc.nat(1000),
          b: fc.nat(1000),
          detail: fc.nat(1000),
        }),
        {minLength: 1, maxLength: 25, size: 'max'},
      ),
      outputs: fc.array(fc.nat(1000), {minLength: 1, maxLength: 4}),
    })
    .map(({space, choices, outputs}) => {
      const graph = new Graph();
      const inputs = inputsOf(graph, space);
      const values = Object.values(inputs.values);
      for (const {step, ...choice} of choices) {
        values.push(steps[step]!({...choice, space, values, ...inputs.fixed}));
      }
      const picked = outputs.map(
        (index, i) => [`out${i}`, values[index % values.length]!] as const,
      );
      const last = values.at(-1)!;
      const slopes = isDerived ? slopesOf(last, inputs.values) : [];
      const all = program(Object.fromEntries([...picked, ['last', last], ...slopes]));
      return {program: all, data: inputs.data};
    });
}

function slopesOf(
  value: Value,
  inputs: Readonly<Record<string, Value>>,
): readonly (readonly [string, Value])[] {
  const curved = ops.sum(ops.add(value, ops.multiply(value, value)));
  const slopes = gradient(curved, Object.values(inputs));
  return Object.keys(inputs).map((name, i) => [`by ${name}`, slopes[i]!] as const);
}

interface Inputs {
  readonly values: Readonly<Record<string, Value>>;
  /** Those that are constant to derivatives: rows to pick, and maps of images. */
  readonly fixed: Pick<Given, 'indices' | 'maps'>;
  readonly data: Readonly<Record<string, Float64Array>>;
}

function inputsOf(graph: Graph, [n, h, w, c]: Images): Inputs {
  const shapes: Readonly<Record<string, Shape>> = {
    x: [n, h, w, c],
    y: [n, h, w, c],
    bias: [c],
    each: [n, 1, 1, c],
    mask: [n, h, w, 1],
    one: [],
    weights: [c, c],
    filter: [3, 3, c, c],
    point: [1, 1, c, c],
  };
  const values = Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]);
  const data = Object.entries(shapes).map(([name, shape], i) => [name, waves(shape, i)]);
  return {
    values: Object.fromEntries(values) as Record<string, Value>,
    fixed: {indices: graph.input('indices', [n + 1]), maps: graph.input('maps', [n, 6])},
    data: {
      ...(Object.fromEntries(data) as Record<string, Float64Array>),
      indices: Float64Array.from({length: n + 1}, (_, row) => (2 * row + 1) % n),
      maps: Float64Array.from(Array.from({length: n}, (_, row) => mapOf(row)).flat()),
    },
  };
}

/** A map that turns an image and moves it a little. */
function mapOf(row: number): readonly number[] {
  return [1, 0.2, 0.3 - row, -0.1, 0.9, 0.4 * row].map(Math.fround);
}

/** Numbers whose sums over the inputs of a filter stay of moderate size. */
function waves(shape: Shape, phase: number): Float64Array {
  const isFilter = shape.length === 4 && shape[0] === shape[1] && shape[2] === shape[3];
  const scale = 1 / Math.sqrt(isFilter ? sizeOf(shape.slice(0, 3)) : 1);
  return Float64Array.from({length: sizeOf(shape)}, (_, k) =>
    Math.fround(scale * Math.sin(1 + 12.9 * k + phase)),
  );
}
