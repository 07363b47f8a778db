import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {nodesOf} from '../../../../src/tensor/compile/gpu/nodes.ts';
import {prepare} from '../../../../src/tensor/compile/prepare.ts';
import type {Program} from '../../../../src/tensor/program.ts';
import {studentPrograms} from '../../../support/engines/learning-programs.ts';
import {run64} from '../../../support/engines/float64.ts';
import {values64} from '../../../support/engines/gpu/node-graph.ts';
import {instantiate, opCases} from '../../../support/engines/op-cases.ts';
import {randomProgram} from '../../../support/engines/random-program.ts';
import {waves} from '../../../support/texts/waves.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';

/** Checks that nodes have the values of their program, and that outputs need all of them. */
function checkNodes(
  given: Program,
  data: Readonly<Record<string, Float64Array>>,
  tile: 2 | 4,
): readonly string[] {
  const {steps, inputs, outputs} = nodesOf(
    prepare(given, {readsTransposed: true, ofPlanes: true}),
    tile,
  );
  const names = new Map([...inputs].map(([name, id]) => [id, name]));
  const nodes = steps.map(({value}) => value);
  const values = values64(nodes, ({id}) => data[names.get(id)!]!);
  const expected = run64(given, data);
  assert.deepEqual([...outputs.keys()], Object.keys(expected));
  for (const [name, id] of outputs) {
    const largest = expected[name]!.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-3);
    values.get(id)!.forEach((x, i) => {
      assert.ok(Math.abs(x - expected[name]![i]!) <= 1e-9 * largest, `${name}[${i}]`);
    });
  }
  const needed = new Set(outputs.values());
  steps.toReversed().forEach(({value: {id}, operands}) => {
    assert.ok(needed.has(id), `nothing needs node ${id}`);
    for (const operand of operands) needed.add(operand);
  });
  return nodes.map(({op}) => op.kind);
}

test('nodes of random programs have their values', () => {
  fc.assert(
    fc.property(randomProgram, ({program: given, data}) => {
      checkNodes(given, data, 4);
    }),
    {numRuns: 60},
  );
});

for (const opCase of opCases) {
  test(`the nodes of ${opCase.name} have its value`, () => {
    const {value, data} = instantiate(opCase, new Graph());
    checkNodes(program({value}), data, 2);
  });
}

for (const tile of [2, 4] as const) {
  test(`a student's convolutions become Winograd's maps, and products where there are few channels, at tile ${tile}`, () => {
    for (const given of studentPrograms('ConvNetD2W8', {size: 8, channels: 1, batch: 2})) {
      const kinds = checkNodes(given, waves(given.inputs), tile);
      for (const kind of ['transformInput', 'transformFilter', 'transformOutput', 'product']) {
        assert.ok(kinds.includes(kind), kind);
      }
      assert.ok(!kinds.includes('conv2d') && !kinds.includes('matmul'));
    }
  });
}

test('the mean of whole planes, and its transpose, are a sum and a repetition', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 4, 4, 4]);
  const pooled = ops.avgPool(x, 4);
  const [slope] = gradient(ops.sum(ops.multiply(pooled, pooled)), [x]);
  const given = program({pooled, slope: slope!});
  const kinds = checkNodes(given, waves(given.inputs), 4);
  assert.ok(kinds.includes('sum') && kinds.every((kind) => !kind.startsWith('avgPool')));
  const part = program({pooled: ops.avgPool(graph.input('y', [2, 5, 4, 4]), 4)});
  assert.ok(checkNodes(part, waves(part.inputs), 4).includes('avgPool'));
});
