import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import type {Item} from '../../../../src/tensor/engines/wasm/item.ts';
import {recompute} from '../../../../src/tensor/engines/wasm/recompute.ts';
import {schedule} from '../../../../src/tensor/engines/wasm/schedule.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import {randomProgram} from '../../../support/random-program.ts';

/** Every value is in memory, or made in the group, before it is used; what is not used is not made. */
function checkOrder({steps, outputs}: Program, items: readonly Item[]): void {
  const inMemory = new Set<number>();
  const isThere = (index: number): boolean => {
    const {kind} = steps[index]!.value.op;
    if (kind === 'input' || kind === 'constant' || inMemory.has(index)) return true;
    return kind === 'reshape' && isThere(steps[index]!.operands[0]!);
  };
  for (const item of items) {
    if (item.kind === 'node') {
      assert.ok(steps[item.value]!.operands.every(isThere));
      inMemory.add(item.value);
      continue;
    }
    const made = new Set<number>();
    for (const value of [...item.values, ...item.sums]) {
      for (const operand of steps[value]!.operands) {
        assert.ok(made.has(operand) || isThere(operand), `${operand} is not there for ${value}`);
      }
      if (item.values.includes(value)) made.add(value);
    }
    for (const value of item.values) {
      const isUsed = [...item.values, ...item.sums].some((user) =>
        steps[user]!.operands.includes(value),
      );
      assert.ok(isUsed || item.stored.has(value), `${value} is made for nothing`);
    }
    for (const value of [...item.stored, ...item.sums]) inMemory.add(value);
  }
  for (const output of outputs.values()) assert.ok(isThere(output));
}

test('in every program, what is used was made before', () => {
  fc.assert(
    fc.property(randomProgram, ({program: given}) => {
      const items = schedule(given);
      checkOrder(given, items);
      checkOrder(given, recompute(given, items));
    }),
    {numRuns: 200},
  );
});

test('the gradient of a normalised, rectified image reads the image and makes the rest again', () => {
  const graph = new Graph();
  const shape = [2, 8, 8, 4];
  const x = graph.input('x', shape);
  const z = graph.input('z', shape);
  const mean = ops.reshape(ops.multiply(ops.sum(x, [1, 2]), 1 / 64), [2, 1, 1, 4]);
  const centred = ops.subtract(x, mean);
  const y = ops.multiply(centred, ops.step(centred));
  const [dx] = gradient(ops.dot(y, z), [x]);
  const given = program({dx: dx!});
  const stored = (items: readonly Item[]): number =>
    items.reduce((sum, item) => sum + (item.kind === 'group' ? item.stored.size : 0), 0);
  const items = recompute(given, schedule(given));
  checkOrder(given, items);
  assert.ok(stored(items) < stored(schedule(given)));
});
