import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as fc from 'fast-check';
import {phasesOf} from '../../../../src/tensor/compile/gpu/phases.ts';
import {kernelChains, testKernel} from '../../../support/engines/kernels/test-kernel.ts';

test('no kernel waits for one of a later phase, and a phase is of one chunk', () => {
  fc.assert(
    fc.property(kernelChains, (list) => {
      const kernels = list.map((one) => one.kernel);
      const phases = phasesOf(kernels);
      assert.deepEqual(new Set(phases.flat()), new Set(kernels));
      assert.equal(phases.flat().length, kernels.length);
      const written = new Set<number>();
      for (const phase of phases) {
        for (const {writes} of phase) for (const memory of writes) written.add(memory);
        for (const {reads} of phase) for (const memory of reads) assert.ok(written.has(memory));
        assert.equal(new Set(phase.map(({chunk}) => chunk)).size, 1);
      }
    }),
  );
});

test('chunks come one after the other as far as they do not wait for each other', () => {
  const of = (chunk: number | undefined, reads: readonly number[], write: number) =>
    testKernel({reads, writes: [write], chunk});
  const filter = of(undefined, [], 0);
  const [first, second] = [0, 1].map((i) => [of(i, [0], 1 + i), of(i, [1 + i], 3 + i)] as const);
  const statistics = of(undefined, [3, 4], 5);
  const last = [0, 1].map((i) => of(i, [5, 1 + i], 6 + i));
  // A running sum: the second chunk goes on with that of the first.
  const sum = [of(0, [6], 8), of(1, [7, 8], 9)];
  const kernels = [...last, statistics, ...sum, ...second!, filter, ...first!];
  assert.deepEqual(
    phasesOf(kernels).map((phase) => new Set(phase)),
    [[filter], [...first!], [...second!], [statistics], [last[0], sum[0]], [last[1], sum[1]]].map(
      (phase) => new Set(phase),
    ),
  );
});
