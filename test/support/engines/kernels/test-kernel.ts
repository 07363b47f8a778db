/** Kernels that compute nothing, for the passes that order and place them. */
import * as fc from 'fast-check';
import type {Kernel} from '../../../../src/tensor/kernels/kernel.ts';

export function testKernel({
  reads,
  writes,
  threads,
  chunk,
}: {
  readonly reads: Iterable<number>;
  readonly writes: Iterable<number>;
  readonly threads?: number | undefined;
  readonly chunk?: number | undefined;
}): Kernel {
  return {
    label: 'test',
    flops: 0,
    size: () => ({groups: 1, shared: 0}),
    write: () => undefined,
    reads: new Set(reads),
    writes: new Set(writes),
    chunk,
    ...(threads !== undefined && {threads}),
  };
}

/** Kernel i writes memory i, and reads some memories before. */
export const kernelChains = fc
  .array(
    fc.record({
      reads: fc.array(fc.nat(1000), {maxLength: 3}),
      size: fc.integer({min: 0, max: 200}),
      isVector: fc.boolean(),
      threads: fc.constantFrom(undefined, 64, 128),
      chunk: fc.constantFrom(undefined, 0, 1, 2),
    }),
    {minLength: 1, maxLength: 25},
  )
  .map((list) =>
    list.map(({reads, threads, chunk, ...rest}, i) => ({
      ...rest,
      kernel: testKernel({
        reads: i === 0 ? [] : reads.map((read) => read % i),
        writes: [i],
        threads,
        chunk,
      }),
    })),
  );
