import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {fuse} from '../../../../src/tensor/compile/cpu/fuse.ts';
import {fusedPools} from '../../../../src/tensor/compile/cpu/group-pools.ts';
import type {Target} from '../../../../src/tensor/compile/cpu/target.ts';
import {Views} from '../../../../src/tensor/compile/views.ts';
import {wasmTarget} from '../../../../src/tensor/engines/wasm/target.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program} from '../../../../src/tensor/program.ts';
import {sameShape} from '../../../../src/tensor/shape.ts';
import {checkKernelOrder} from '../../../support/engines/kernels/kernel-order.ts';
import {randomProgram} from '../../../support/engines/random-program.ts';

/** Targets with different limits, so that a broken limit is found. */
const targets: readonly Target[] = [
  wasmTarget,
  {...wasmTarget, maxOperations: 3},
  {...wasmTarget, canSum: () => false},
];

test('every needed value is made by one kernel, behind those that it reads, within the target', () => {
  fc.assert(
    fc.property(randomProgram, ({program: given}) => {
      const views = new Views(given);
      const pools = fusedPools(given);
      for (const target of targets) {
        const kernels = fuse(given, views, target);
        checkKernelOrder(given, kernels, views);
        const made = kernels.flatMap((kernel) =>
          kernel.kind === 'single' ? kernel.value : [...kernel.values, ...kernel.reductions],
        );
        const wanted = given.steps.flatMap(({value: {op}}, index) => {
          const isGiven = op.kind === 'input' || op.kind === 'constant';
          return isGiven || !views.isNeeded(index) || views.isInPlace(index) ? [] : [index];
        });
        assert.deepEqual(
          made.toSorted((a, b) => a - b),
          wanted,
        );
        for (const kernel of kernels) {
          if (kernel.kind === 'single') continue;
          assert.ok(kernel.values.length <= target.maxOperations);
          for (const value of kernel.values) {
            assert.ok(sameShape(given.steps[value]!.value.shape, kernel.space));
          }
          for (const sum of kernel.reductions) {
            const {op} = given.steps[sum]!.value;
            const isPool = op.kind === 'avgPool' && pools.has(sum);
            assert.ok(isPool || (op.kind === 'sum' && target.canSum(kernel.space, op.axes)));
          }
        }
      }
    }),
    {numRuns: 200},
  );
});

test('elementwise operations on one space form one group, or two if a sum separates them', () => {
  const graph = new Graph();
  const x = graph.input('x', [8, 8]);
  const chain = ops.exp(ops.add(ops.multiply(x, x), 1));
  const centred = ops.subtract(chain, ops.sumKeep(chain, [1]));
  const given = program({y: ops.sqrt(centred)});
  const kernels = fuse(given, new Views(given), wasmTarget);
  const sizes = kernels.map((kernel) =>
    kernel.kind === 'group' ? [kernel.values.length, kernel.reductions.length] : kernel.value,
  );
  assert.deepEqual(sizes, [
    [3, 1],
    [2, 0],
  ]);
});
