/** The tests that every engine must pass. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Engine, Tensor} from '../../../src/tensor/engine.ts';
import {gradient} from '../../../src/tensor/gradient.ts';
import {Graph} from '../../../src/tensor/graph.ts';
import type {Value} from '../../../src/tensor/value.ts';
import * as ops from '../../../src/tensor/ops.ts';
import {program, type Program} from '../../../src/tensor/program.ts';
import {run64} from './float64.ts';
import {instantiate, opCases, type OpCase} from './op-cases.ts';

export function engineSuite(
  name: string,
  start: () => Promise<Engine>,
  cases: readonly OpCase[] = opCases,
): void {
  opCaseTests(name, start, cases);

  test(`${name}: outputs are the caller's own, also when two are one value or one is an input`, async () => {
    const engine = await start();
    const before = engine.memory();
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const twice = ops.add(x, x);
    const given = engine.upload(Float32Array.of(1, 2), [2]);
    const {a, b, c} = engine.compile(program({a: twice, b: twice, c: x})).run({x: given});
    given.dispose();
    a.dispose();
    assert.deepEqual(await engine.read(b), Float32Array.of(2, 4));
    assert.deepEqual(await engine.read(c), Float32Array.of(1, 2));
    b.dispose();
    c.dispose();
    assert.deepEqual(engine.memory().tensors, before.tensors);
    assert.deepEqual(engine.memory().bytes, before.bytes);
  });

  test(`${name}: a program without inputs gives its constants`, async () => {
    const engine = await start();
    const graph = new Graph();
    const zeros = graph.constant(0, [2, 3]);
    const result = engine.compile(program({zeros, half: graph.constant(0.5)})).run({});
    assert.deepEqual(await engine.read(result.zeros), new Float32Array(6));
    assert.deepEqual(await engine.read(result.half), Float32Array.of(0.5));
    for (const tensor of Object.values(result)) tensor.dispose();
  });

  test(`${name}: changing an array after its upload changes nothing`, async () => {
    const engine = await start();
    const data = Float32Array.of(1, 2, 3);
    using tensor = disposing(engine.upload(data, [3]));
    data[0] = 9;
    assert.deepEqual(await engine.read(tensor.tensor), Float32Array.of(1, 2, 3));
  });

  test(`${name}: a missing input and an input of another shape are named`, async () => {
    const engine = await start();
    const y = ops.exp(new Graph().input('x', [2]));
    const executable = engine.compile(program<'y', 'x'>({y}));
    // @ts-expect-error: the compiler reports a missing input too
    assert.throws(() => executable.run({}), /input called x/);
    using wrong = disposing(engine.upload(new Float32Array(3), [3]));
    assert.throws(() => executable.run({x: wrong.tensor}), /x must have shape \[2\], got \[3\]/);
    // @ts-expect-error: and an unknown output
    assert.throws(() => executable.run({x: wrong.tensor}).z);
  });
}

/** A test for each of these cases. */
export function opCaseTests(
  name: string,
  start: () => Promise<Engine>,
  cases: readonly OpCase[],
  tolerance?: number,
): void {
  for (const opCase of cases) {
    test(`${name}: ${opCase.name}, its gradient and its second derivative agree with float64`, async () => {
      const engine = await start();
      const {program: given, data} = withDerivatives(opCase);
      await agree(engine, given, data, tolerance);
    });
  }
}

/** A case with its gradient and its second derivative, and numbers for its inputs. */
export function withDerivatives(opCase: OpCase): {
  readonly program: Program;
  readonly data: Readonly<Record<string, Float64Array>>;
} {
  const {value, wrt, data} = instantiate(opCase, new Graph());
  const curved = ops.sum(ops.add(value, ops.multiply(0.5, ops.multiply(value, value))));
  const first = gradient(curved, Object.values(wrt));
  const second = gradient(
    first.map((g) => ops.dot(g, ops.add(g, 1))).reduce((a, b) => ops.add(a, b)),
    Object.values(wrt),
  );
  const outputs = {value, ...numbered('first', first), ...numbered('second', second)};
  return {program: program(outputs), data};
}

function disposing(tensor: Tensor): {readonly tensor: Tensor; [Symbol.dispose]: () => void} {
  return {tensor, [Symbol.dispose]: () => tensor.dispose()};
}

function numbered(name: string, values: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(values.map((value, i) => [`${name}${i}`, value]));
}

/**
 * Compares the engine's results with float64's; they may differ by float32 rounding relative to the largest number, or to
 * a hundredth where all are smaller: they may be differences of numbers near one.
 */
export async function agree(
  engine: Engine,
  compiled: Program,
  data: Readonly<Record<string, Float64Array>>,
  tolerance?: number,
): Promise<void> {
  await agreeWith(engine, compiled, {data, expected: run64(compiled, data)}, tolerance);
}

/** As `agree`, with expected numbers from another source than `run64`. */
export async function agreeWith(
  engine: Engine,
  compiled: Program,
  {data, expected}: Readonly<Record<'data' | 'expected', Readonly<Record<string, Float64Array>>>>,
  tolerance = 1e-5,
): Promise<void> {
  const inputs = Object.fromEntries(
    [...compiled.inputs].map(([name, shape]) => [
      name,
      engine.upload(Float32Array.from(data[name]!), shape),
    ]),
  );
  const outputs = engine.compile(compiled).run(inputs);
  for (const [name, tensor] of Object.entries(outputs)) {
    const found = await engine.read(tensor);
    const largest = expected[name]!.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    assert.equal(found.length, expected[name]!.length);
    found.forEach((x, i) => {
      const error = Math.abs(x - expected[name]![i]!);
      assert.ok(
        error <= tolerance * (largest + 1e-2),
        `${name}[${i}]: ${x} instead of ${expected[name]![i]}`,
      );
    });
    tensor.dispose();
  }
  Object.values(inputs).forEach((tensor) => tensor.dispose());
}
