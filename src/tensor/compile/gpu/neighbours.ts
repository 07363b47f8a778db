/** Which kernels wait for each other: those that read a memory wait for all who write to it. */
import type {MemoryId} from '../../kernels/ir.ts';
import type {Kernel} from '../../kernels/kernel.ts';

export type Neighbours = ReadonlyMap<Kernel, ReadonlySet<Kernel>>;

/** The kernels that each waits for, and those that wait for it. */
export function neighboursOf(kernels: readonly Kernel[]): {
  readonly before: Neighbours;
  readonly after: Neighbours;
} {
  const writers = new Map<MemoryId, Kernel[]>();
  for (const kernel of kernels) {
    for (const memory of kernel.writes) {
      writers.set(memory, [...(writers.get(memory) ?? []), kernel]);
    }
  }
  const before = new Map(kernels.map((kernel) => [kernel, new Set<Kernel>()]));
  const after = new Map(kernels.map((kernel) => [kernel, new Set<Kernel>()]));
  for (const kernel of kernels) {
    for (const writer of [...kernel.reads].flatMap((memory) => writers.get(memory) ?? [])) {
      if (writer === kernel) continue;
      before.get(kernel)!.add(writer);
      after.get(writer)!.add(kernel);
    }
  }
  return {before, after};
}

/**
 * Of each kernel: the length of the longest chain of neighbours.
 * @param lengthOf the length of one step, from a kernel to its neighbour; 1 by default
 */
export function chainsBefore(
  kernels: readonly Kernel[],
  neighbours: Neighbours,
  lengthOf: (kernel: Kernel, neighbour: Kernel) => number = () => 1,
): ReadonlyMap<Kernel, number> {
  const chains = new Map<Kernel, number>();
  const chainOf = (kernel: Kernel): number => {
    let known = chains.get(kernel);
    if (known === Infinity) throw new Error(`The kernel ${kernel.label} waits for itself`);
    if (known === undefined) {
      chains.set(kernel, Infinity);
      const others = [...neighbours.get(kernel)!];
      known = Math.max(0, ...others.map((other) => chainOf(other) + lengthOf(kernel, other)));
      chains.set(kernel, known);
    }
    return known;
  };
  for (const kernel of kernels) chainOf(kernel);
  return chains;
}
