import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {fuse} from '../../../../src/tensor/compile/cpu/fuse.ts';
import {recompute} from '../../../../src/tensor/compile/cpu/recompute.ts';
import type {ScheduledKernel} from '../../../../src/tensor/compile/cpu/scheduled-kernel.ts';
import type {Target} from '../../../../src/tensor/compile/cpu/target.ts';
import {Views} from '../../../../src/tensor/compile/views.ts';
import {wasmTarget} from '../../../../src/tensor/engines/wasm/target.ts';
import {gradient} from '../../../../src/tensor/gradient.ts';
import {Graph} from '../../../../src/tensor/graph.ts';
import * as ops from '../../../../src/tensor/ops.ts';
import {program, type Program} from '../../../../src/tensor/program.ts';
import {checkKernelOrder} from '../../../support/engines/kernels/kernel-order.ts';
import {randomProgram} from '../../../support/engines/random-program.ts';

/** Gives the kernels after fusion, and after recomputation. */
function before(given: Program, target: Target) {
  const views = new Views(given);
  const fused = fuse(given, views, target);
  return {views, fused, kernels: recompute(given, fused, {views, target})};
}

function storedIn(kernels: readonly ScheduledKernel[]): number {
  return kernels.reduce(
    (sum, kernel) => sum + (kernel.kind === 'group' ? kernel.stored.size : 0),
    0,
  );
}

test('in every program, what is used was made before, and nothing more is stored', () => {
  fc.assert(
    fc.property(randomProgram, ({program: given}) => {
      for (const readCost of [0, 3, 50]) {
        const {views, fused, kernels} = before(given, {...wasmTarget, readCost});
        checkKernelOrder(given, kernels, views);
        assert.ok(storedIn(kernels) <= storedIn(fused));
        for (const kernel of kernels) {
          if (kernel.kind === 'group') assert.ok(kernel.values.length <= wasmTarget.maxOperations);
        }
      }
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
  const y = ops.multiply(centred, ops.heaviside(centred));
  const [dx] = gradient(ops.dot(y, z), [x]);
  const given = program({dx: dx!});
  const {kernels, fused} = before(given, wasmTarget);
  assert.ok(storedIn(kernels) < storedIn(fused));
});
