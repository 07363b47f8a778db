import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gradient} from '../../src/tensor/gradient.ts';
import {Graph} from '../../src/tensor/graph.ts';
import type {Value} from '../../src/tensor/value.ts';
import * as ops from '../../src/tensor/ops.ts';
import {program, type Program} from '../../src/tensor/program.ts';
import {opKinds} from '../../src/tensor/result-shape.ts';
import {Random} from '../../src/learning/random.ts';
import {run64} from '../support/engines/float64.ts';
import {instantiate, opCases, type OpCase} from '../support/engines/op-cases.ts';

type Numbers = Readonly<Record<string, Float64Array>>;

for (const opCase of opCases) {
  test(`${opCase.name}: first and second derivatives agree with finite differences`, () => {
    const {scalar, wrt, data} = scalarised(opCase);
    const names = Object.keys(wrt);
    const first = gradient(scalar, Object.values(wrt));
    checkGradient(program({scalar}), named(names, first), data, 'first');

    // ⟨∇f, v⟩ for a random v is a scalar, too. Its gradient is the second derivative along v.
    const random = new Random(2, opCase.name);
    const directional = first
      .map((g) => ops.dot(g, randomWeights(g, random)))
      .reduce((a, b) => ops.add(a, b));
    const second = gradient(directional, Object.values(wrt));
    checkGradient(program({scalar: directional}), named(names, second), data, 'second');
  });
}

test('every operation has a case', () => {
  const covered = new Set(opCases.map(({kind}) => kind));
  assert.deepEqual(
    opKinds.filter((kind) => !covered.has(kind)),
    [],
  );
});

test('a broadcast value can itself be differentiated with respect to', () => {
  const graph = new Graph();
  const repeated = ops.broadcast(graph.input('x', [1]), [3]);
  const y = graph.input('y', [3]);
  const [byRepeated] = gradient(ops.sum(ops.multiply(repeated, y)), [repeated]);
  const data = {x: Float64Array.of(2), y: Float64Array.of(1, 2, 3)};
  assert.deepEqual(run64(program({byRepeated: byRepeated!}), data).byRepeated, data.y);
});

/**
 * Gives f = Σ weights ∘ (y + y²/2), a scalar with curvature, so that linear operations show their second derivative,
 * too.
 */
function scalarised(opCase: OpCase): {
  scalar: Value;
  wrt: Readonly<Record<string, Value>>;
  data: Numbers;
} {
  const {value, wrt, data} = instantiate(opCase, new Graph());
  const curved = ops.add(value, ops.multiply(0.5, ops.multiply(value, value)));
  const scalar = ops.dot(curved, randomWeights(value, new Random(3, opCase.name)));
  return {scalar, wrt, data};
}

/** Gives weights as a program: a smooth ramp, since random numbers would need an input of their own. */
function randomWeights(like: Value, random: Random): Value {
  const {graph, shape} = like;
  const weights = shape.map((extent, axis) =>
    ops.reshape(
      ops.concat(
        Array.from({length: extent}, () => graph.constant(0.5 + random.uniform(), [1])) as [
          Value,
          ...Value[],
        ],
        0,
      ),
      shape.map((_, i) => (i === axis ? extent : 1)),
    ),
  );
  return weights.reduce((a, b) => ops.multiply(a, b), graph.constant(1));
}

function named(names: readonly string[], values: readonly Value[]): Program {
  return program(Object.fromEntries(names.map((name, i) => [name, values[i]!])));
}

/** Compares each gradient with central differences of the scalar in float64. */
function checkGradient(
  scalar: Program<'scalar'>,
  gradients: Program,
  data: Numbers,
  order: string,
): void {
  const h = 1e-5;
  const computed = run64(gradients, data);
  for (const [name, analytic] of Object.entries(computed)) {
    for (let i = 0; i < analytic.length; i++) {
      const along = (sign: number): number => {
        const moved = data[name]!.slice();
        moved[i]! += sign * h;
        return run64(scalar, {...data, [name]: moved}).scalar[0]!;
      };
      const numeric = (along(1) - along(-1)) / (2 * h);
      // Central differences have an error of h²·f‴ ≈ 1e-9, plus rounding of 1e-16·|f|/h ≈ 1e-10.
      assert.ok(
        Math.abs(numeric - analytic[i]!) <= 1e-6 * (1 + Math.abs(numeric)),
        `${order} derivative in ${name}[${i}]: ${analytic[i]} instead of ${numeric}`,
      );
    }
    assert.equal(analytic.length, data[name]!.length);
  }
}
