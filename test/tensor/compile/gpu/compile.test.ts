import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {compileForGpu} from '../../../../src/tensor/compile/gpu/compile.ts';
import {guaranteedLimits, type Limits} from '../../../../src/tensor/kernels/kernel.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import type {Value} from '../../../../src/tensor/value.ts';
import {withDerivatives} from '../../../support/engines/engine-suite.ts';
import {checkCompiled} from '../../../support/engines/gpu/check-compiled.ts';
import {momentCases} from '../../../support/engines/gpu/plane-cases.ts';
import {studentPrograms, trainingProgram} from '../../../support/engines/learning-programs.ts';
import {randomGradient, randomProgram} from '../../../support/engines/random-program.ts';
import {smallNetworks} from '../../../support/engines/small-networks.ts';
import {waves} from '../../../support/texts/waves.ts';

const large: Limits = {threads: 1024, sharedBytes: 49_152, bindings: 16, bindingBytes: 2 ** 31};

test('compiled random programs agree with float64, within the limits of every device', () => {
  fc.assert(
    fc.property(randomProgram, fc.boolean(), ({program, data}, isLarge) => {
      checkCompiled(program, data, {limits: isLarge ? large : guaranteedLimits});
    }),
    {numRuns: 50},
  );
});

test('compiled gradients of random programs agree with float64', () => {
  fc.assert(
    fc.property(randomGradient, fc.constantFrom(2, 4), ({program, data}, tile) => {
      checkCompiled(program, data, {tile});
    }),
    {numRuns: 10},
  );
});

test("a student's step and its way back agree with float64", () => {
  const programs = studentPrograms('ConvNetD2W8', {size: 8, channels: 1, batch: 2});
  for (const program of programs) checkCompiled(program, waves(program.inputs), {tolerance: 2e-5});
});

test('a step of training agrees with float64', () => {
  const program = trainingProgram('ConvNetD1W8', {size: 8, channels: 1, batch: 3});
  const data = waves(program.inputs);
  // What picks images, and classes, are whole numbers.
  const whole = {
    row: data['row']!.map((_, i) => (7 * i) % 1000),
    labels: data['labels']!.map((_, i) => i % 10),
  };
  checkCompiled(program, {...data, ...whole}, {tile: 2, tolerance: 2e-5});
});

for (const normalised of momentCases) {
  test(`${normalised.name} are computed in sections, and agree with float64`, () => {
    const {program: given, data} = withDerivatives(normalised);
    const {dispatches} = checkCompiled(given, data, {tolerance: 2e-5});
    const labels = dispatches.flatMap((dispatch) => dispatch.labels);
    assert.ok(labels.some((label) => label.includes('sections')));
  });
}

test('a batch whose values do not fit into bindings is computed in chunks', () => {
  // A convolution gives 12 kB of six images; of five it would be 10 kB.
  const limits = {...guaranteedLimits, bindingBytes: 10_240};
  for (const network of Object.values(smallNetworks)) {
    const programs = studentPrograms(network, {size: 8, channels: 1, batch: 6});
    const labels = programs.flatMap((given) => {
      const options = {limits, tolerance: 2e-5};
      const {arenas, dispatches} = checkCompiled(given, waves(given.inputs), options);
      for (const {size} of arenas) assert.ok(4 * size <= limits.bindingBytes);
      return dispatches.flatMap((one) => one.labels);
    });
    assert.ok(labels.some((label) => /^planes [123]×8×8×8 /.test(label)));
  }
});

test('an input or output that is larger than a binding is an error that names it', () => {
  const limits = {...guaranteedLimits, bindingBytes: 1024};
  const compile = (build: (graph: Graph) => Value): unknown =>
    compileForGpu(program({y: build(new Graph())}), {limits, tile: 4});
  assert.throws(
    () => compile((graph) => ops.sum(graph.input('images', [300]))),
    /^CapacityError: The input images has 1.2 kB; this GPU allows 1 kB in one piece.$/,
  );
  assert.throws(
    () => compile((graph) => ops.exp(ops.broadcast(graph.input('x', [1]), [300]))),
    /^CapacityError: The output y has 1.2 kB/,
  );
  compile((graph) => ops.exp(graph.input('x', [256])));
});

test('what no division by images makes smaller is an error', () => {
  const limits = {...guaranteedLimits, bindingBytes: 8192};
  const [step] = studentPrograms('ConvNetD2W8', {size: 8, channels: 1, batch: 6});
  assert.throws(
    () => compileForGpu(step, {limits, tile: 4}),
    /^CapacityError: 9.2 kB are needed in one piece; this GPU allows 8.2 kB./,
  );
  // Two values of an image, 2 kB each, fill a binding, and the way back reads more than a kernel has bindings for.
  const small = {...guaranteedLimits, bindingBytes: 4416};
  const [, back] = studentPrograms(smallNetworks['instance']!, {size: 8, channels: 1, batch: 3});
  assert.throws(
    () => compileForGpu(back, {limits: small, tile: 2}),
    /^CapacityError: planes 1×8×8×8 .* needs 9 memories at once; this GPU allows 8\. A smaller batch, image or network needs fewer\.$/,
  );
});

test('a program is compiled to the same text every time', () => {
  const [step] = studentPrograms('ConvNetD2W8', {size: 8, channels: 1, batch: 6});
  for (const bindingBytes of [guaranteedLimits.bindingBytes, 10_240]) {
    const options = {limits: {...guaranteedLimits, bindingBytes}, tile: 4} as const;
    assert.deepEqual(compileForGpu(step, options), compileForGpu(step, options));
  }
});

/** A concatenation of numbers that depend on each other. */
function chainInConcat(last: (graph: Graph, big: Value) => [Value, ...Value[]]): Program {
  const graph = new Graph();
  const big = ops.reshape(ops.sum(ops.exp(graph.input('x', [40_000]))), [1]);
  return program({y: ops.concat([big, ...last(graph, big)], 0)});
}

test('parts of a concatenation that depend on each other are computed one after the other', () => {
  for (const given of [
    chainInConcat((_, big) => [ops.sqrt(big)]),
    chainInConcat((_, big) => {
      const small = ops.multiply(big, -1e-6);
      return [small, ops.softmax(ops.concat([small, ops.exp(small)], 0))];
    }),
    chainInConcat((graph, big) => {
      const other = ops.sum(ops.multiply(graph.input('z', [30_000]), big));
      return [ops.reshape(other, [1]), ops.add(big, other)];
    }),
  ]) {
    checkCompiled(given, waves(given.inputs));
  }
});

test('parts that are twice in a concatenation wait for no other part', () => {
  const graph = new Graph();
  const twice = ['a', 'b'].flatMap((name): readonly Value[] => {
    const made = ops.exp(graph.input(name, [3000]));
    return [made, made];
  });
  const given = program({y: ops.concat(twice as [Value, ...Value[]], 0)});
  checkCompiled(given, waves(given.inputs));
});

test('a kernel computes on with its own numbers under another shape, stored or not', () => {
  const graph = new Graph();
  const grey = graph.input('x', [2, 50, 50, 1]);
  const made = ops.exp(ops.multiply(grey, grey));
  const plane = ops.reshape(made, [2, 50, 50]);
  const y = ops.sigmoid(ops.reshape(plane, [2, 50, 50, 1]));
  for (const given of [program({y}), program({y, made})]) {
    checkCompiled(given, waves(given.inputs));
  }
});

test('networks compile whatever their normalisation and batch', () => {
  const cifar = {size: 32, channels: 3};
  const options = {limits: large, tile: 4} as const;
  for (const [network, batch] of [
    ['ConvNetBN', 50],
    ['ConvNetGN', 100],
    ['ConvNetLN', 256],
  ] as const) {
    for (const given of studentPrograms(network, {...cifar, batch})) {
      assert.ok(compileForGpu(given, options).dispatches.length < 30);
    }
  }
  for (const [network, batch] of [
    ['VGG11', 10],
    ['VGG13', 50],
  ] as const) {
    const given = trainingProgram(network, {...cifar, batch});
    assert.ok(compileForGpu(given, options).dispatches.length < 90);
  }
});
