import assert from 'node:assert/strict';
import type {ScheduledKernel} from '../../../../src/tensor/compile/cpu/scheduled-kernel.ts';
import type {Views} from '../../../../src/tensor/compile/views.ts';
import type {Program} from '../../../../src/tensor/program.ts';

/**
 * Checks that every value is in memory, or made in the group, before it is used, and that unused values are not made.
 */
export function checkKernelOrder(
  {steps, outputs}: Program,
  kernels: readonly ScheduledKernel[],
  views: Views,
): void {
  const inMemory = new Set<number>();
  const isThere = (index: number): boolean => {
    const {kind} = steps[index]!.value.op;
    if (kind === 'input' || kind === 'constant' || inMemory.has(index)) return true;
    const place = views.placeOf(index);
    return place !== undefined && isThere(place.base);
  };
  for (const kernel of kernels) {
    if (kernel.kind === 'single') {
      assert.ok(steps[kernel.value]!.operands.every(isThere));
      inMemory.add(kernel.value);
      continue;
    }
    const made = new Set<number>();
    for (const value of [...kernel.values, ...kernel.reductions]) {
      for (const operand of steps[value]!.operands) {
        assert.ok(made.has(operand) || isThere(operand), `${operand} is not there for ${value}`);
      }
      if (kernel.values.includes(value)) made.add(value);
    }
    for (const value of kernel.values) {
      const isUsed = [...kernel.values, ...kernel.reductions].some((user) =>
        steps[user]!.operands.includes(value),
      );
      assert.ok(isUsed || kernel.stored.has(value), `${value} is made for nothing`);
    }
    for (const value of [...kernel.stored, ...kernel.reductions]) inMemory.add(value);
  }
  for (const output of outputs.values()) assert.ok(isThere(output));
}
