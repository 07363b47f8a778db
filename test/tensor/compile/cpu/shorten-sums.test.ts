import assert from 'node:assert/strict';
import {test} from 'node:test';
import {shortenSums} from '../../../../src/tensor/compile/cpu/shorten-sums.ts';
import {splitSums} from '../../../../src/tensor/compile/split-sums.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import {sameShape, sizeOf, type Shape} from '../../../../src/tensor/shape.ts';
import type {Tensor} from '../../../../src/tensor/engine.ts';
import {startWasmEngine} from '../../../../src/tensor/engines/wasm/wasm-engine.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import {run64} from '../../../support/engines/float64.ts';
import {waves} from '../../../support/texts/waves.ts';
import {
  checkOnRandomPrograms,
  checkOnStudent,
  checkPass,
} from '../../../support/laws/pass-contract.ts';

const images: Shape = [2, 5, 3, 4];

/** The names of the images that are summed. */
function summed({steps}: Program): readonly string[] {
  return steps.flatMap(({value, operands}) => {
    if (value.op.kind !== 'sum') return [];
    const {op, shape: given} = steps[operands[0]!]!.value;
    if (!sameShape(given, images)) return [];
    return op.kind === 'input' ? op.name : op.kind;
  });
}

/** Runs the pass on a program, checks its values, and gives the names of the images that are still summed. */
function left(build: (graph: Graph, x: Value) => Value): readonly string[] {
  const graph = new Graph();
  const given = program({y: build(graph, graph.input('x', images))});
  return summed(checkPass(shortenSums, given, waves(given.inputs)));
}

const centred = (x: Value): Value => ops.subtract(x, ops.meanKeep(x, [1, 2]));

test('values stay the same, and no step remains that no output needs', () =>
  checkOnRandomPrograms(shortenSums));

/** The most sums over images that have to be known one after the other. */
function passes({steps}: Program): number {
  const known: number[] = [];
  steps.forEach(({value, operands}, index) => {
    const [, height = 1] = steps[operands[0] ?? 0]!.value.shape.slice(0, -1);
    const isPass = value.op.kind === 'sum' && height > 1;
    known[index] = Math.max(0, ...operands.map((operand) => known[operand]!)) + (isPass ? 1 : 0);
  });
  return Math.max(...known);
}

test('a student step needs fewer passes over its images', () => {
  // Two normalisations have a mean and a variance each. Of their gradients, each has needed two passes, and needs one.
  const split = (one: Program): Program => splitSums(one, {ofPlanes: false});
  const given = checkOnStudent(split).map(passes);
  const after = checkOnStudent((one) => shortenSums(split(one))).map(passes);
  assert.deepEqual(
    [given, after],
    [
      [8, 8],
      [6, 6],
    ],
  );
});

test('numbers without their mean add up to 0', () => {
  assert.deepEqual(
    left((_, x) => ops.sum(centred(x), [1, 2])),
    [],
  );
});

test('the mean’s gradient follows from sums that are known', () => {
  // The gradient of ⟨z, x − mean of x⟩ by x is z without its mean.
  const names = left((graph, x) => {
    const z = graph.input('z', images);
    const [byX] = gradient(ops.dot(z, ops.multiply(centred(x), graph.input('s', [2, 1, 1, 4]))), [
      x,
    ]);
    return ops.add(byX!, ops.sumKeep(z, [1, 2]));
  });
  assert.deepEqual(names, ['z']);
});

test('shared factors are taken out, along any axes', () => {
  for (const axes of [[0], [1], [2, 3], [0, 1, 2], [1, 2, 3]]) {
    const kept = images.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const names = left((graph, x) =>
      ops.sum(ops.multiply(ops.multiply(x, graph.input('shared', kept)), -3), axes),
    );
    assert.deepEqual(names, ['x'], axes.join());
  }
});

test('a shared number that was added stays in the sum, where it may cancel what it was added to', () => {
  const names = left((graph, x) => ops.sum(ops.add(x, graph.input('shared', [4])), [1, 2]));
  assert.deepEqual(names, ['add']);
});

test('multiples of known sums are added up', () => {
  const names = left((graph, x) => {
    const [z, s, t] = [graph.input('z', images), graph.input('s', [4]), graph.input('t', [4])];
    const known = ops.add(ops.sum(x, [1, 2]), ops.sum(z, [1, 2]));
    return ops.add(ops.sum(ops.add(ops.multiply(x, s), ops.multiply(z, t)), [1, 2]), known);
  });
  assert.deepEqual(names.toSorted(), ['x', 'z']);
});

test('differences are added up number by number, though the sums of both sides are known', () => {
  const names = left((graph, x) => {
    const [z, s] = [graph.input('z', images), graph.input('s', [4])];
    const [difference, fromShared] = [ops.subtract(x, z), ops.subtract(x, graph.input('b', [4]))];
    const others = [difference, ops.multiply(difference, s), ops.multiply(fromShared, s)];
    return [x, z, ...others].map((one) => ops.sum(one, [1, 2])).reduce(ops.add);
  });
  assert.deepEqual(names.toSorted(), ['subtract', 'subtract', 'x', 'z']);
});

test('factors whose product is too small for float32 are multiplied with the sum one by one', async () => {
  const graph = new Graph();
  const [x, f, h] = [graph.input('x', [2, 4]), graph.input('f', [1, 4]), graph.input('h', [1, 4])];
  const given = program({y: ops.sum(ops.multiply(ops.multiply(x, f), h), [0])});
  const engine = startWasmEngine();
  const upload = (value: number, shape: Shape): Tensor =>
    engine.upload(new Float32Array(sizeOf(shape)).fill(value), shape);
  const inputs = {x: upload(1e30, [2, 4]), f: upload(1e-25, [1, 4]), h: upload(1e-25, [1, 4])};
  const [first] = await engine.read(engine.compile(given).run(inputs).y);
  assert.ok(Math.abs(first! / 2e-20 - 1) < 1e-6, String(first));
});

test('numbers that are not finite stay, unless they cancel', () => {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const given = program({y: ops.sum(ops.multiply(x, Infinity)), z: ops.sum(ops.add(x, Infinity))});
  const {y, z} = run64(shortenSums(given), {x: Float64Array.of(1, 2, 3)});
  assert.deepEqual([y![0], z![0]], [Infinity, Infinity]);
});

test('what differs from number to number stays in the sum', () => {
  const names = left((graph, x) => {
    const [own, partly] = [graph.input('own', images), graph.input('partly', [2, 1, 3, 4])];
    return ops.add(ops.sum(ops.multiply(x, own), [1, 2]), ops.sum(ops.multiply(x, partly), [1, 2]));
  });
  assert.deepEqual(names, ['multiply', 'multiply']);
});

test('two unknown sums are not made of one', () => {
  assert.deepEqual(
    left((graph, x) =>
      ops.sum(ops.add(ops.multiply(x, graph.input('s', [4])), graph.input('z', images)), [1, 2]),
    ),
    ['add'],
  );
});

test('a chain of doublings does not take forever', () => {
  const names = left((_, x) => {
    let doubled = x;
    for (let i = 0; i < 60; i++) doubled = ops.add(doubled, ops.multiply(doubled, 0.5));
    return ops.sum(doubled, [1, 2]);
  });
  assert.deepEqual(names, ['x']);
});
