import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {isElementwise} from '../../../../../src/tensor/compile/gpu/kernels/elementwise.ts';
import {soloKernel} from '../../../../../src/tensor/compile/gpu/kernels/solo.ts';
import type {Node} from '../../../../../src/tensor/compile/gpu/node.ts';
import {Graph} from '../../../../../src/tensor/graph.ts';
import {Code} from '../../../../../src/tensor/kernels/code.ts';
import {u32} from '../../../../../src/tensor/kernels/expressions.ts';
import type {Kernel} from '../../../../../src/tensor/kernels/kernel.ts';
import type {Statement} from '../../../../../src/tensor/kernels/ir.ts';
import * as ops from '../../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../../src/tensor/program.ts';
import type {Value} from '../../../../../src/tensor/value.ts';
import {
  assertClose,
  expectedSteps,
  nodesOf,
  TestPlaces,
  viewKinds,
} from '../../../../support/engines/kernels/kernel-places.ts';
import {randomWithoutProducts} from '../../../../support/engines/random-program.ts';

/** Runs a whole program as one kernel, and compares its outputs with float64. */
function check(given: Program, data: Readonly<Record<string, Float64Array>>): Kernel {
  const nodes = nodesOf(given);
  const places = new TestPlaces(nodes);
  for (const node of nodes) if (node.op.kind === 'input') places.fill(node, data[node.op.name]!);
  const own = nodes.filter(
    ({op}) => op.kind !== 'input' && op.kind !== 'constant' && !viewKinds.has(op.kind),
  );
  const outputs = [...given.outputs.values()].map((index) => nodes[index]!);
  const stored = new Set(outputs.map((node) => memoryOf(node)));
  const inlined = inlinedOf(own, nodes, stored);
  const kernel = soloKernel({nodes: own, stored, inlined}, places);
  places.run(kernel);
  const expected = expectedSteps(given, data);
  for (const node of outputs)
    assertClose(places.numbersOf(node), expected[node.id]!, `${node.op.kind} of node ${node.id}`);
  for (const id of inlined) assert.ok(!kernel.writes.has(id));
  return kernel;
}

/** The node whose memory a node is read from. */
function memoryOf({id, op, operands}: Node): number {
  return viewKinds.has(op.kind) ? memoryOf(operands[0]!) : id;
}

/** Elementwise nodes that are read by sums only, or by others such, and not through views. */
function inlinedOf(
  own: readonly Node[],
  nodes: readonly Node[],
  stored: ReadonlySet<number>,
): ReadonlySet<number> {
  const inlined = new Set<number>();
  for (const {id, op, shape} of own.toReversed()) {
    const readers = nodes.filter(({operands}) => operands.some((operand) => operand.id === id));
    const areSums = readers.every(
      (reader) =>
        reader.op.kind === 'sum' ||
        (inlined.has(reader.id) && reader.shape.length === shape.length),
    );
    if (isElementwise(op) && !stored.has(id) && areSums) inlined.add(id);
  }
  return inlined;
}

function barriersIn(statements: readonly Statement[]): number {
  return statements.reduce((count, statement) => {
    if (statement.kind === 'barrier') return count + (statement.memory === 'device' ? 1 : 0);
    if (statement.kind === 'for') return count + barriersIn(statement.body);
    return statement.kind === 'if'
      ? count + barriersIn([...statement.body, ...statement.otherwise])
      : count;
  }, 0);
}

function deviceBarriers(kernel: Kernel): number {
  const code = new Code();
  kernel.write(code, {group: u32(0), threads: kernel.threads!});
  return barriersIn(code.statements);
}

test('Random programs in one workgroup agree with float64', () => {
  fc.assert(
    fc.property(randomWithoutProducts, ({program: given, data}) => {
      check(given, data);
    }),
    {numRuns: 60, seed: 3},
  );
});

test('A loss and its parts are one kernel that waits only for what it reads', () => {
  const graph = new Graph();
  const x = graph.input('x', [40, 10]);
  const y = graph.input('y', [40, 10]);
  const rows = ops.subtract(ops.logSumExp(x), ops.sum(ops.multiply(x, y), [1]));
  const other = ops.sum(ops.multiply(y, y), [1]);
  const data = {
    x: Float64Array.from({length: 400}, (_, i) => Math.fround(3 * Math.sin(i))),
    y: Float64Array.from({length: 400}, (_, i) => (i % 10 === 3 ? 1 : 0)),
  };
  const kernel = check(program({loss: ops.mean(rows), other, rows}), data);
  assert.deepEqual([...kernel.reads].length, 2);
  assert.equal(kernel.size(kernel.threads!).groups, 1);
  // Behind the rows' logarithms and sums, behind their differences, behind the sum of those.
  assert.ok(deviceBarriers(kernel) <= 3, String(deviceBarriers(kernel)));
});

test('Sums of one space, one of which needs the other, wait for each other', () => {
  const graph = new Graph();
  const x = graph.input('x', [20, 30]);
  const mean = ops.multiply(ops.sumKeep(x, [1]), 1 / 30);
  const centred = ops.subtract(x, mean);
  const data = {x: Float64Array.from({length: 600}, (_, i) => Math.fround(Math.cos(i)))};
  check(program({out: ops.sum(ops.multiply(centred, centred), [1])}), data);
});

test('Sums that share nothing but the workgroup come after each other', () => {
  const graph = new Graph();
  const [x, y] = [graph.input('x', [20, 30]), graph.input('y', [40, 3])];
  const data = {
    x: Float64Array.from({length: 600}, (_, i) => Math.fround(Math.cos(i))),
    y: Float64Array.from({length: 120}, (_, i) => Math.fround(Math.sin(i))),
  };
  check(program({x: ops.sum(x, [1]), y: ops.sum(y, [0])}), data);
});

test('What a node reads through a view of another one of its shape is there', () => {
  const graph = new Graph();
  const x = graph.input('x', [17, 17]);
  const twice = ops.add(x, x);
  const data = {x: Float64Array.from({length: 289}, (_, i) => i)};
  check(program({out: ops.add(twice, ops.transpose(twice, [1, 0]))}), data);
});

test('Parts that are made in one workgroup are joined there', () => {
  const graph = new Graph();
  const x = graph.input('x', [3, 5]);
  const parts = ops.concat(
    [ops.exp(x), ops.sum(x, [0]).graph.apply({kind: 'reshape', shape: [1, 5]}, [ops.sum(x, [0])])],
    0,
  );
  const data = {x: Float64Array.from({length: 15}, (_, i) => i / 10)};
  check(program({out: ops.multiply(parts, parts)}), data);
});

test('Rows that are longer than a workgroup are computed in one', () => {
  const graph = new Graph();
  const x = graph.input('x', [3, 300]);
  const data = {x: Float64Array.from({length: 900}, (_, i) => Math.fround(2 * Math.sin(i)))};
  check(program({out: ops.sum(ops.multiply(ops.softmax(x), x), [1]), log: ops.logSumExp(x)}), data);
});

test('Moments of many images are combined in a workgroup for each section', () => {
  const shape = [60, 1, 1, 32];
  const data = {x: Float64Array.from({length: 1920}, (_, i) => Math.fround(Math.sin(i * i)))};
  /** The variance of all that belongs together, and what is left without the mean. */
  const groups = (meanOf: (x: Value) => Value): number => {
    const x = new Graph().input('x', shape);
    const rest = ops.subtract(x, meanOf(x));
    const variance = meanOf(ops.multiply(rest, rest));
    const kernel = check(program({rest, variance, out: ops.divide(rest, variance)}), data);
    return kernel.size(kernel.threads!).groups;
  };
  assert.equal(
    groups((x) => ops.meanKeep(x, [0])),
    4,
  );
  assert.equal(
    groups((x) => ops.meanKeep(x, [3])),
    15,
  );
  const grouped = [60, 4, 8];
  const ofGroups = (x: Value): Value => {
    const means = ops.meanKeep(ops.reshape(x, grouped), [2]);
    return ops.reshape(ops.broadcast(means, grouped), shape);
  };
  assert.equal(groups(ofGroups), 15);
  assert.equal(
    groups((x) => ops.meanKeep(ops.meanKeep(x, [0]), [3])),
    1,
  );
});

test('Sections read what others made in any order', () => {
  const graph = new Graph();
  const x = ops.transpose(graph.input('x', [40, 30]), [1, 0]);
  const y = ops.reshape(ops.slice(graph.input('y', [31, 80]), [1, 10], [30, 40]), [30, 40]);
  const rest = ops.subtract(x, ops.meanKeep(ops.multiply(x, y), [0]));
  const data = {
    x: Float64Array.from({length: 1200}, (_, i) => Math.fround(Math.sin(i))),
    y: Float64Array.from({length: 2480}, (_, i) => Math.fround(Math.cos(i))),
  };
  const kernel = check(program({out: ops.multiply(rest, ops.sumKeep(rest, [0]))}), data);
  assert.equal(kernel.size(kernel.threads!).groups, 5);
});
